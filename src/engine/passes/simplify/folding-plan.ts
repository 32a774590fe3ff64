/** Finds nodes, also in inner graphs, that depend on constants alone, and the results among them that are worth storing. */
import { tensorOfConstant } from '../../onnx/constant-node';
import { DataType, type DataTypeCode } from '../../onnx/data-type';
import type { Graph, Model, Node, Tensor, ValueName } from '../../onnx/graph';
import type { InferredModel } from '../../onnx/infer';
import { bytesOfValue } from '../../onnx/ops/bytes-moved';
import { drawsRandomNumbers } from '../../onnx/ops/registry';
import { attributesWithGraphs, subgraphsOf } from '../../onnx/subgraphs';
import { storedSizeBytes } from '../../onnx/tensor';
import { getAttributeInt, isDefaultDomain, nodePathPart } from '../../onnx/traverse';
import type { Refusal } from '../pass';
import type { SimplifyContext } from './simplification';

const neverFolded = new Set(['Constant', 'DequantizeLinear', 'DynamicQuantizeLinear', 'QuantizeLinear']);

/** Larger results are not computed at all, not even on the way to small ones. */
const mostComputedBytes = 2 ** 28;

/** A value that depends on constants alone. */
export interface ConstantValue {
  readonly name: ValueName;
  readonly graph: Graph;
  /**
   * The unique name among all values that are computed together, because graphs beside one another may use a name
   * twice.
   */
  readonly runName: ValueName;
  readonly sizeBytes: number;
  /** The tensor of an initializer or Constant node. */
  readonly tensor?: Tensor;
  readonly computedBy?: FoldingCandidate;
  /** Something that is not folded reads it. */
  isNeeded: boolean;
}

export interface FoldingCandidate {
  readonly node: Node;
  readonly path: string;
  readonly graph: Graph;
  readonly inputs: readonly (ConstantValue | undefined)[];
  readonly outputs: readonly (ConstantValue | undefined)[];
}

export interface FoldingPlan {
  /** The nodes to run, in order. */
  readonly run: readonly FoldingCandidate[];
  /** The nodes among them that are removed from the model. */
  readonly folded: readonly FoldingCandidate[];
  /** Results that become initializers. */
  readonly kept: readonly ConstantValue[];
  readonly refusals: readonly Refusal[];
}

type FoldingBounds = Pick<SimplifyContext, 'largestFoldedBytes' | 'growth'>;

/** Plans the folding, and takes the growth that it needs from the budget of `bounds`. */
export function planFolding(model: Model, inferred: InferredModel, bounds: FoldingBounds): FoldingPlan {
  const search = new CandidateSearch(inferred);
  if (model.graph !== undefined) search.look(model.graph, 'graph', undefined);
  return decide(search.candidates, bounds);
}

/** Names that a graph defines: a constant, or `undefined` for a value that is none. */
interface Scope {
  readonly values: Map<ValueName, ConstantValue | undefined>;
  readonly outer: Scope | undefined;
}

function lookUp(scope: Scope | undefined, name: ValueName): ConstantValue | undefined {
  for (let at = scope; at; at = at.outer) if (at.values.has(name)) return at.values.get(name);
  return undefined;
}

class CandidateSearch {
  readonly candidates: FoldingCandidate[] = [];
  readonly #inferred: InferredModel;
  #count = 0;

  constructor(inferred: InferredModel) {
    this.#inferred = inferred;
  }

  look(graph: Graph, path: string, outer: Scope | undefined): void {
    const scope: Scope = { values: new Map(), outer };
    for (const { values } of graph.sparseInitializers) if (values?.name) scope.values.set(values.name, undefined);
    for (const tensor of graph.initializers) {
      if (tensor.name)
        scope.values.set(tensor.name, this.#constant(tensor.name, graph, storedSizeBytes(tensor), tensor));
    }
    // A value that a caller may override is not a constant.
    for (const { name } of graph.inputs) if (name) scope.values.set(name, undefined);
    for (const [index, node] of graph.nodes.entries())
      this.#lookAt(node, `${path}/${nodePathPart(node, index)}`, graph, scope);
    // An output that is an initializer is not valid everywhere, so the node that computes it stays.
    for (const { name = '' } of graph.outputs) this.#need(scope, name);
  }

  #lookAt(node: Node, path: string, graph: Graph, scope: Scope): void {
    const tensor = tensorOfConstant(node);
    const [first = ''] = node.outputs;
    if (tensor !== undefined && first !== '' && tensor.stringData === undefined) {
      scope.values.set(first, this.#constant(first, graph, storedSizeBytes(tensor), tensor));
      return;
    }
    const candidate = this.#candidate(node, path, graph, scope);
    if (candidate !== undefined) {
      this.candidates.push(candidate);
      for (const output of candidate.outputs) if (output) scope.values.set(output.name, output);
      return;
    }
    for (const name of node.inputs) this.#need(scope, name);
    const places = attributesWithGraphs(node);
    for (const inner of subgraphsOf(node)) this.look(inner, `${path}.${places.shift()}`, scope);
    for (const name of node.outputs) if (name !== '') scope.values.set(name, undefined);
  }

  #need(scope: Scope, name: ValueName): void {
    const value = lookUp(scope, name);
    if (value !== undefined) value.isNeeded = true;
  }

  #candidate(node: Node, path: string, graph: Graph, scope: Scope): FoldingCandidate | undefined {
    if (!canBeRunOnce(node) || node.inputs.length === 0) return undefined;
    if (isRemainderOfWideIntegers(node, this.#inferred.value(graph, node.inputs[0]!)?.elementType)) return undefined;
    const inputs = node.inputs.map((name) => (name === '' ? undefined : lookUp(scope, name)));
    if (node.inputs.some((name, index) => name !== '' && inputs[index] === undefined)) return undefined;
    const sizes = node.outputs.map((name) => (name === '' ? 0 : this.#sizeOf(graph, name)));
    if (!sizes.every((size) => size !== undefined && size <= mostComputedBytes)) return undefined;
    const outputs: (ConstantValue | undefined)[] = [];
    const candidate: FoldingCandidate = { node, path, graph, inputs, outputs };
    for (const [index, name] of node.outputs.entries()) {
      outputs.push(name === '' ? undefined : { ...this.#constant(name, graph, sizes[index]!), computedBy: candidate });
    }
    return candidate;
  }

  #constant(name: ValueName, graph: Graph, sizeBytes: number, tensor?: Tensor): ConstantValue {
    const runName = `${this.#count++}:${name}`;
    return { name, graph, runName, sizeBytes, isNeeded: false, ...(tensor && { tensor }) };
  }

  #sizeOf(graph: Graph, name: ValueName): number | undefined {
    return bytesOfValue(this.#inferred.value(graph, name) ?? {}) ?? undefined;
  }
}

function canBeRunOnce(node: Node): boolean {
  const isPlain = isDefaultDomain(node.domain) && subgraphsOf(node).length === 0;
  return isPlain && !neverFolded.has(node.opType ?? '') && !drawsRandomNumbers(node);
}

/** A remainder of 64-bit integers. Runtimes differ: some divide them as doubles, so folding would choose one of two results. */
function isRemainderOfWideIntegers(node: Node, type: DataTypeCode | undefined): boolean {
  const isWide = type === DataType.int64 || type === DataType.uint64;
  return node.opType === 'Mod' && isWide && getAttributeInt(node, 'fmod') === 1;
}

/** Decides from the last candidate to the first, so that the removal of a candidate's readers is known before. */
function decide(candidates: readonly FoldingCandidate[], { largestFoldedBytes, growth }: FoldingBounds): FoldingPlan {
  const sources = sourceSizes(candidates);
  const kept: ConstantValue[] = [];
  const folded = new Set<FoldingCandidate>();
  const run = new Set<FoldingCandidate>();
  const refusals: Refusal[] = [];
  for (const candidate of candidates.toReversed()) {
    const needed = candidate.outputs.filter((output) => output?.isNeeded) as ConstantValue[];
    const total = needed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const source = sources.get(candidate)!;
    if (needed.length === 0) folded.add(candidate);
    else if (needed.some(({ graph, name }) => graph.outputs.some((output) => output.name === name))) {
      stay(candidate);
      if (candidate.node.opType !== 'Identity') refusals.push(isOutput(candidate));
    } else if (total > Math.max(largestFoldedBytes, source) || !growth.take(total - source)) {
      stay(candidate);
      refusals.push(largerWhenFolded(candidate, total, source));
    } else {
      folded.add(candidate);
      run.add(candidate);
      for (const output of needed) kept.push(output);
    }
    if (run.has(candidate)) for (const input of candidate.inputs) if (input?.computedBy) run.add(input.computedBy);
  }
  // Candidates that nothing depends on are left out.
  return {
    run: candidates.filter((candidate) => run.has(candidate)),
    folded: candidates.filter((candidate) => run.has(candidate) && folded.has(candidate)),
    kept: kept.toReversed(),
    refusals: refusals.toReversed(),
  };
}

function stay(candidate: FoldingCandidate): void {
  for (const input of candidate.inputs) if (input) input.isNeeded = true;
}

/** Bytes of constants that each candidate stands on and that nothing else in the model reads. */
function sourceSizes(candidates: readonly FoldingCandidate[]): ReadonlyMap<FoldingCandidate, number> {
  const sources = new Map<FoldingCandidate, number>();
  const sizeOf = ({ computedBy, sizeBytes, isNeeded }: ConstantValue) => {
    if (computedBy !== undefined) return Math.min(sizeBytes, sources.get(computedBy)!);
    return isNeeded ? 0 : sizeBytes;
  };
  for (const candidate of candidates) {
    const inputs = new Set(candidate.inputs.filter((input) => input !== undefined));
    sources.set(
      candidate,
      [...inputs].reduce((sum, input) => sum + sizeOf(input), 0),
    );
  }
  return sources;
}

/** A refusal of a node that computes an output: only an Identity would be left. */
function isOutput({ path, node }: FoldingCandidate): Refusal {
  const reason =
    'Its result is constant, but an output of the graph. A node must provide it, because some runtimes do not accept a weight as output.';
  return { path, op: node.opType ?? '', code: 'constant-output', reason };
}

function largerWhenFolded({ path, node }: FoldingCandidate, total: number, source: number): Refusal {
  const reason = `Its result is constant, but takes ${total} bytes, and the constants it replaces take ${source}. Folding would make the model larger.`;
  return { path, op: node.opType ?? '', code: 'larger-when-folded', reason };
}
