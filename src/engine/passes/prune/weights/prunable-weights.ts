/** Finds the weights that magnitude pruning may change, and the reason for each other weight. */
import { MemorySource, type ByteSource } from '../../../onnx/byte-source';
import { constantLookup, type ConstantLookup } from '../../../onnx/constant-lookup';
import { DataType, dataTypeName } from '../../../onnx/data-type';
import type { Model, Tensor } from '../../../onnx/graph';
import { weightOperandsOf } from '../../../onnx/ops/registry';
import type { QuantizedUse } from '../../../onnx/ops/zero-points';
import { elementCount, storedSource, tensorBytes } from '../../../onnx/tensor';
import { getAttributeInt, isDefaultDomain, isWithin, nodes, type NodeVisit, type Scope } from '../../../onnx/traverse';
import { weights, type Weight, type WeightConsumer } from '../../../onnx/weights';
import type { Refusal } from '../../pass';
import { namesOfNode, unknownNodeNames } from '../../node-names';
import { affineParametersOf } from './affine-parameters';
import { affineFormat, floatFormat, type WeightFormat } from './weight-values';

export interface PrunableWeight {
  readonly weight: Weight;
  /** The first node that multiplies with it. */
  readonly reader: NodeVisit;
  readonly source: ByteSource;
  readonly format: WeightFormat;
  readonly elements: number;
}

export interface PruneFilter {
  /** Names of nodes; empty: all. */
  readonly include: ReadonlySet<string>;
  readonly exclude: ReadonlySet<string>;
  /** Magnitudes of different weights are compared with each other. */
  readonly globalScope: boolean;
}

interface WeightUse {
  readonly visit: NodeVisit;
  readonly role: 'operand' | 'embedding' | 'other';
  readonly quantized?: QuantizedUse;
}

/** Operators that only move or convert a weight: zero stays zero through all of them. */
const movingOperators: ReadonlySet<string | undefined> = new Set([
  'Identity',
  'Cast',
  'Transpose',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Slice',
  'Split',
  'Concat',
]);

/** True if a node only moves or converts the weight at `input`, so that its outputs are still weights. */
function movesWeight({ node }: NodeVisit, input: number): boolean {
  if (!isDefaultDomain(node.domain)) return false;
  if (node.opType === 'DequantizeLinear') return input === 0;
  return movingOperators.has(node.opType) && (input === 0 || node.opType === 'Concat');
}

/** Finds the weights that the filter leaves. Refuses, with reasons, the others that a node multiplies or looks up. */
export function prunableWeights(
  model: Model,
  filter: PruneFilter,
): { readonly prunable: readonly PrunableWeight[]; readonly refusals: readonly Refusal[] } {
  const all = weights(model);
  const visits = [...nodes(model)];
  const graphs: ValueGraph = {
    readers: readersByValue(visits),
    constants: constantValues(all, visits, (visit) => movesWeight(visit, 0)),
  };
  const constant = constantLookup(all);
  const prunable: PrunableWeight[] = [];
  const refusals: Refusal[] = unknownNodeNames(
    [...filter.include, ...filter.exclude],
    new Set(visits.flatMap(namesOfNode)),
  );
  const touched = new Set<NodeVisit['node']>();
  for (const weight of all) {
    const uses = weight.consumers.flatMap((consumer) => usesOf(consumer, graphs, weight));
    const reader = uses.find((use) => use.role !== 'other');
    if (!reader) continue;
    for (const use of uses) if (use.role !== 'other') touched.add(use.visit.node);
    const problem = useProblem(weight, uses, filter);
    const format = problem ?? formatOf(weight, reader, constant, filter);
    if ('code' in format) refusals.push({ path: reader.visit.path, op: reader.visit.node.opType ?? '', ...format });
    else prunable.push({ weight, reader: reader.visit, format, ...dataOf(weight.tensor) });
  }
  for (const visit of visits) {
    if (weightOperandsOf(visit.node).length === 0 || touched.has(visit.node)) continue;
    refusals.push({
      path: visit.path,
      op: visit.node.opType ?? '',
      code: 'no-constant-weight',
      reason: 'It multiplies values computed at run time, so it has no stored weight.',
    });
  }
  return { prunable, refusals };
}

type Reason = Pick<Refusal, 'code' | 'reason'>;

function useProblem(weight: Weight, uses: readonly WeightUse[], filter: PruneFilter): Reason | undefined {
  const other = uses.find((use) => use.role === 'other');
  if (other || weight.isGraphOutput) {
    const where = other ? `${other.visit.node.opType ?? 'a node'} at ${other.visit.path}` : 'an output of the graph';
    return { code: 'shared', reason: `Its weight is also read by ${where}, which pruning must not change.` };
  }
  if (uses.some((use) => use.role === 'embedding')) {
    return {
      code: 'embedding',
      reason: 'Embedding tables are not pruned: small numbers in them belong to rare entries, not to unimportant ones.',
    };
  }
  if (uses.some((use) => use.role === 'operand' && isDepthwise(use.visit.node, weight.tensor))) {
    return {
      code: 'depthwise',
      reason: 'Depthwise filters are not pruned: they hold few weights, and zeros in them cost the most accuracy.',
    };
  }
  if (uses.some((use) => isNamed(use.visit, filter.exclude))) {
    return { code: 'excluded', reason: 'A node that reads this weight is excluded by the options.' };
  }
  if (filter.include.size > 0 && !uses.some((use) => isNamed(use.visit, filter.include))) {
    return { code: 'not-included', reason: 'The options include other nodes only.' };
  }
  return undefined;
}

/**
 * True if each filter sees one channel. The weight is [M, C / group, …kernel] for Conv and [C, M / group, …kernel] for
 * ConvTranspose.
 */
function isDepthwise(node: NodeVisit['node'], { dims }: Tensor): boolean {
  return (getAttributeInt(node, 'group') ?? 1) > 1 && dims.length > 2 && dims[1] === 1n;
}

function formatOf(
  weight: Weight,
  reader: WeightUse,
  constant: ConstantLookup,
  filter: PruneFilter,
): WeightFormat | Reason {
  const dataType = weight.tensor.dataType ?? DataType.undefined;
  if (weight.tensor.dims.includes(0n)) return { code: 'empty', reason: 'Its weight has no elements.' };
  if (weight.owner === 'sparseInitializer' || weight.sparse) {
    return { code: 'sparse', reason: 'Its weight is already stored as a sparse tensor.' };
  }
  if (weight.constant && weight.constant.attribute !== 'value') {
    return { code: 'scalar', reason: 'Its weight is a short list in an attribute, not a tensor.' };
  }
  const float = floatFormat(dataType);
  if (float) return float;
  if (reader.quantized) {
    const parameters = affineParametersOf(weight, reader.quantized, constant, filter.globalScope);
    if (typeof parameters === 'string') return { code: 'quantized', reason: parameters };
    const format = affineFormat(dataType, parameters);
    if (format) return format;
  }
  return {
    code: 'data-type',
    reason: `Its weight contains ${dataTypeName(dataType)}: only float and 8-bit weights can be pruned.`,
  };
}

function dataOf(tensor: Tensor): { readonly source: ByteSource; readonly elements: number } {
  return { source: storedSource(tensor) ?? new MemorySource(tensorBytes(tensor)), elements: elementCount(tensor) };
}

/** The final uses of a consumer, through operators that only move or convert the weight. */
function usesOf(consumer: WeightConsumer, graphs: ValueGraph, weight: Weight): WeightUse[] {
  const uses: WeightUse[] = [];
  const pending: { readonly at: WeightConsumer; readonly quantized?: QuantizedUse }[] = [{ at: consumer }];
  const seen = new Set<string>();
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { at, quantized } = next;
    const key = `${at.path}\n${at.input}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const { node } = at;
    // A constant that is joined with values of the running model is part of an activation.
    const moves = movesWeight(at, at.input) && node.outputs.every((output) => graphs.constants.has(at.scope, output));
    if (moves) {
      const use: QuantizedUse | undefined =
        node.opType === 'DequantizeLinear' ? { kind: 'dequantize', visit: at } : quantized;
      const onward = node.outputs.flatMap((output) => graphs.readers.of(at, output));
      for (const reader of onward) pending.push({ at: reader, quantized: use });
      continue;
    }
    const operand = weightOperandsOf(node).find((candidate) => candidate.input === at.input);
    const embedding = node.opType === 'Gather' && at.input === 0 && weight.tensor.dims.length >= 2;
    uses.push({
      visit: at,
      role: operand ? 'operand' : embedding ? 'embedding' : 'other',
      quantized: quantized ?? (operand && { kind: 'operand', visit: at, operand }),
    });
  }
  return uses;
}

interface ValueGraph {
  readonly readers: ValueReaders;
  readonly constants: ConstantValues;
}

interface ValueReaders {
  of(from: NodeVisit, value: string | undefined): readonly WeightConsumer[];
}

/** A value is seen in the scope that defines it and below; the two branches of an If often use the same names. */
function readersByValue(visits: readonly NodeVisit[]): ValueReaders {
  const readers = new Map<string, WeightConsumer[]>();
  for (const visit of visits) {
    visit.node.inputs.forEach((value, input) => {
      if (value === '') return;
      const list = readers.get(value);
      if (list) list.push({ ...visit, input });
      else readers.set(value, [{ ...visit, input }]);
    });
  }
  return {
    of: (from, value) => (readers.get(value ?? '') ?? []).filter((reader) => isWithin(reader.scope, from.scope)),
  };
}

function isNamed(visit: NodeVisit, names: ReadonlySet<string>): boolean {
  return namesOfNode(visit).some((name) => names.has(name));
}

interface ConstantValues {
  /** True if a value, as `scope` sees it, is the same in every run. */
  has(scope: Scope, value: string): boolean;
}

/**
 * Stored weights, and the values that `derives` computes from nothing but them. `visits` are all nodes, outer scopes
 * first.
 */
function constantValues(
  all: readonly Weight[],
  visits: readonly NodeVisit[],
  derives: (visit: NodeVisit) => boolean,
): ConstantValues {
  const known = new Set(all.map(({ scope, name }) => `${scope.path}\n${name}`));
  const has = (scope: Scope, value: string): boolean => {
    for (let at: Scope | undefined = scope; at; at = at.parent?.scope)
      if (known.has(`${at.path}\n${value}`)) return true;
    return false;
  };
  for (const visit of visits) {
    const { scope, node } = visit;
    if (!derives(visit) || !node.inputs.every((input) => input === '' || has(scope, input))) continue;
    for (const output of node.outputs) known.add(`${scope.path}\n${output}`);
  }
  return { has };
}
