/** Selects the nodes that stay float32, with reasons. */
import { DataType, isFloatDataType } from '../../../onnx/data-type';
import type { ElementTypes } from '../../../onnx/element-types';
import type { Model, Node, ValueName } from '../../../onnx/graph';
import {
  canonicalDomain,
  getAttributeInts,
  isInsideFunction,
  nodes,
  scopes,
  type NodeVisit,
} from '../../../onnx/traverse';
import { weights } from '../../../onnx/weights';
import { subgraphsOf } from '../../../onnx/subgraphs';
import { namesOfNode, unknownNodeNames } from '../../node-names';
import type { Refusal } from '../../pass';
import type { Float16Options } from './float16-options';
import { ReadBuffer } from '../../quantize/weight-reader';
import { overflowsFloat16 } from '../float16-values';
import { findValuesBeyond } from './values-beyond';
import { normalizationsOfFloat32 } from './spelled-normalizations';

export interface KeptNodes {
  readonly kept: ReadonlySet<Node>;
  /** Nodes that become float16, in file order. */
  readonly converted: readonly NodeVisit[];
  readonly refusals: readonly Refusal[];
}

interface Reason {
  readonly code: string;
  readonly reason: string;
}

const crash: Reason = {
  code: 'crashes-in-float16',
  reason: 'It is before a MatMul and moves the first axis, which crashes native ONNX Runtime in float16.',
};

const meetsFloat32: Reason = {
  code: 'normalization-of-float32',
  reason:
    'It is part of a layer normalization in float32, which ONNX Runtime does not open in float16. Run simplify first to fuse it.',
};

/** @param observed values of the main graph that went beyond float16 on the data; `null` without data. */
export function chooseKeptNodes(
  model: Model,
  types: ElementTypes,
  options: Float16Options,
  observed: ReadonlySet<ValueName> | null,
): KeptNodes {
  const visits = [...nodes(model)];
  const kept = new Set<Node>();
  const converted: NodeVisit[] = [];
  const refusals: Refusal[] = unknownNodeNames(
    [...options.include, ...options.exclude],
    new Set(visits.flatMap(namesOfNode)),
  );
  const large = readersOfLargeWeights(model);
  const isBeyond = findValuesBeyond(model, new Set(large.values()));
  const crashing = transposesThatCrash(model);
  for (const visit of visits) {
    const { node, path, scope } = visit;
    if (scope.graph === undefined || isInsideFunction(scope)) continue;
    const floats = floatsOf(visit, types);
    if (floats.length === 0 && !hasUnknownType(visit, types)) continue;
    const isObserved = scope.parent === undefined && observed !== null;
    const beyond = floats.find((name) => (isObserved ? observed.has(name) : isBeyond(scope.graph!, name)));
    const tooLarge = beyond ?? large.get(node);
    const reason = reasonToKeep(visit, types, options, tooLarge) ?? (crashing.has(node) ? crash : undefined);
    if (reason === undefined) converted.push(visit);
    else {
      kept.add(node);
      if (floats.length > 0) refusals.push({ path, op: node.opType ?? '', ...reason });
    }
  }
  const left = keepNormalizations(model, options, { kept, converted });
  for (const { path, node } of left) refusals.push({ path, op: node.opType ?? '', ...meetsFloat32 });
  return { kept, converted: converted.filter(({ node }) => !kept.has(node)), refusals };
}

/** Adds to the kept nodes, and returns the nodes that were to be converted. */
function keepNormalizations(
  model: Model,
  { keepInputsOutputs }: Float16Options,
  { kept, converted }: { readonly kept: Set<Node>; readonly converted: readonly NodeVisit[] },
): readonly NodeVisit[] {
  const inputs = new Set(model.graph!.inputs.map(({ name }) => name));
  const left = new Set<NodeVisit>();
  for (;;) {
    const found = normalizationsOfFloat32(model, (name, producer, isMain) =>
      producer === undefined ? isMain && keepInputsOutputs && inputs.has(name) : kept.has(producer),
    );
    const more = converted.filter((visit) => found.has(visit.node) && !left.has(visit));
    if (more.length === 0) return [...left];
    for (const visit of more) {
      left.add(visit);
      kept.add(visit.node);
    }
  }
}

function reasonToKeep(
  visit: NodeVisit,
  types: ElementTypes,
  { keepFloat, include, exclude }: Float16Options,
  tooLarge: string | undefined,
): Reason | undefined {
  const { node } = visit;
  const op = node.opType ?? '';
  const isNamedIn = (names: readonly string[]): boolean => namesOfNode(visit).some((name) => names.includes(name));
  if (isNamedIn(exclude)) return { code: 'excluded', reason: 'Excluded by the options.' };
  if (include.length > 0 && !isNamedIn(include)) {
    return { code: 'not-included', reason: 'The options include other nodes only.' };
  }
  if (canonicalDomain(node.domain) !== '') {
    return { code: 'other-domain', reason: `Operators of ${node.domain} stay in float32.` };
  }
  if (keepFloat.includes(op)) return { code: 'float-operator', reason: `${op} stays in float32.` };
  if (tooLarge !== undefined) {
    return { code: 'overflow', reason: `“${tooLarge}” exceeds 65,504, the largest number of float16.` };
  }
  if (hasUnknownType(visit, types)) {
    return { code: 'unknown-type', reason: 'The type of one of its values is unknown or not a tensor.' };
  }
  return undefined;
}

/** float32 values that a node reads or computes; the body of a node is looked at by itself. */
function floatsOf({ node, scope }: NodeVisit, types: ElementTypes): readonly ValueName[] {
  return [...node.inputs, ...node.outputs].filter(
    (name) => name !== '' && types.get(scope.graph!, name) === DataType.float32,
  );
}

function hasUnknownType({ node, scope }: NodeVisit, types: ElementTypes): boolean {
  return [...node.inputs, ...node.outputs].some((name) => name !== '' && types.get(scope.graph!, name) === undefined);
}

/** The name of a weight that float16 cannot hold, by the nodes that read it. */
function readersOfLargeWeights(model: Model): ReadonlyMap<Node, string> {
  const readers = new Map<Node, string>();
  const buffer = new ReadBuffer();
  for (const { tensor, consumers, name } of weights(model)) {
    if (tensor.dataType !== DataType.float32 || !isFloatDataType(tensor.dataType) || consumers.length === 0) continue;
    if (!overflowsFloat16(tensor, buffer)) continue;
    for (const { node } of consumers) if (subgraphsOf(node).length === 0) readers.set(node, name);
  }
  return readers;
}

/**
 * Each Transpose that moves the first axis to one of the last two places before a MatMul with a constant. ONNX Runtime
 * 1.32 for the CPU fuses both and crashes at session creation if the Transpose reads float16. The older exporter writes
 * `torch.nn.TransformerEncoder` that way. The web build is not affected.
 */
function transposesThatCrash(model: Model): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const { graph, nodes: own } of scopes(model)) {
    const constants = new Set(graph?.initializers.map(({ name }) => name));
    // Values computed from constants alone count as constants, as the Identity of a weight that two layers share,
    // because the runtime folds them first.
    for (const { inputs, outputs } of own) {
      if (inputs.every((name) => name === '' || constants.has(name))) for (const name of outputs) constants.add(name);
    }
    const read = new Set<ValueName | undefined>();
    for (const { opType, inputs } of own) if (opType === 'MatMul' && constants.has(inputs[1])) read.add(inputs[0]);
    for (const node of own) {
      if (node.opType === 'Transpose' && read.has(node.outputs[0]) && movesFirstAxisBack(node)) found.add(node);
    }
  }
  return found;
}

/** All other axes keep their order. */
function movesFirstAxisBack(node: Node): boolean {
  const perm = getAttributeInts(node, 'perm') ?? [];
  const others = perm.filter((axis) => axis !== 0);
  const isInOrder = others.every((axis, at) => axis === at + 1);
  return perm.length > 2 && isInOrder && perm.indexOf(0) >= perm.length - 2;
}
