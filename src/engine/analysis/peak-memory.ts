/** Estimates the peak memory of activations from the values that are alive while each node runs. */
import type { Graph, Model, ValueName } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import { bytesOfValue } from '../onnx/ops/bytes-moved';
import { namesReadBy, subgraphsOf } from '../onnx/subgraphs';
import { childScopes, isDefaultDomain, nodesOf, type Scope } from '../onnx/traverse';
import { reasonOfOpenValue } from './unknown-cost';

/** The most values at the peak that are named; the largest ones are. */
const mostNamed = 16;

export interface LiveValue {
  readonly name: ValueName;
  readonly bytes: number;
  /** Path of the graph inside a node that holds the value, as `graph/If_0.then_branch`. Absent: the main graph. */
  readonly graph?: string;
}

export interface PeakMemory {
  readonly bytes: number;
  /** Path of the node that runs when most is alive. */
  readonly node: string;
  /** Values that are alive at the peak, with those in the graphs of that node, largest first, at most 16. */
  readonly alive: readonly LiveValue[];
  /** The number of values that are alive at the peak. Their sizes add up to `bytes`. */
  readonly aliveCount: number;
  /** Bytes that are alive while each node of the main graph runs, in the order of the file. */
  readonly bytesByNode: readonly number[];
}

/** A peak, or why there is none. */
export type PeakEstimate = { readonly peak: PeakMemory } | { readonly peak: null; readonly reason: string };

/**
 * Estimates the most bytes of activations that are alive at once when nodes run in the order of the file. It is a
 * static estimate, not a measurement. An input of the graph lives to the end, since the caller holds it, and an output
 * lives from its node to the end. Any other value lives from its node to the last node that reads it, including readers
 * inside graphs. Weights and the workspace of kernels do not count, and no output shares the memory of an input. For a
 * node with graphs, the peak of its largest graph is added, together with the values passed in and out. For a loop
 * these are those of one iteration. For a call of a function only the inputs and outputs of the call count.
 *
 * @param inferred of the same model, with the sizes that are wanted. If a size is open, the result is a reason and no
 *   number.
 */
export function estimatePeakMemory(model: Model, inferred: InferredModel): PeakEstimate {
  if (!model.graph) return { peak: null, reason: 'The model has no graph.' };
  const peak = peakOf({ path: 'graph', nodes: model.graph.nodes, graph: model.graph }, inferred);
  if ('unknown' in peak) {
    const why = reasonOfOpenValue(peak.scope, peak.unknown, inferred);
    return { peak: null, reason: `The size of "${peak.unknown}" is unknown: ${why}.` };
  }
  const alive = aliveAt(peak).toSorted((a, b) => b.bytes - a.bytes);
  const { bytes, node, bytesByNode } = peak;
  return { peak: { bytes, node, alive: alive.slice(0, mostNamed), aliveCount: alive.length, bytesByNode } };
}

type Sizes = ReadonlyMap<ValueName, number>;

/** The highest point of one graph. */
interface ScopePeak {
  readonly scope: Scope;
  readonly bytes: number;
  /** Position of the node that runs then; −1 before the first one. */
  readonly index: number;
  /** The path of that node, or of the graph. */
  readonly node: string;
  readonly sizes: Sizes;
  readonly bytesByNode: readonly number[];
  /** The peak of the graph inside that node that has the highest one. */
  readonly inside: ScopePeak | undefined;
}

/** A value whose size is open. */
interface Unknown {
  readonly unknown: ValueName;
  readonly scope: Scope;
}

function peakOf(scope: Scope, inferred: InferredModel): ScopePeak | Unknown {
  const graph = scope.graph!;
  const sizes = sizesOf(graph, inferred);
  if ('unknown' in sizes) return { ...sizes, scope };
  const bodies = new Map<number, ScopePeak>();
  const paths: string[] = [];
  for (const visit of nodesOf(scope)) {
    paths.push(visit.path);
    if (subgraphsOf(visit.node).length === 0) continue;
    for (const child of childScopes(visit)) {
      const peak = peakOf(child, inferred);
      if ('unknown' in peak) return peak;
      if (peak.bytes > (bodies.get(visit.index)?.bytes ?? -1)) bodies.set(visit.index, peak);
    }
  }
  let highest = { bytes: -1, index: -1 };
  const bytesByNode: number[] = [];
  for (const { index, bytes } of liveness(graph, sizes)) {
    const total = bytes + (bodies.get(index)?.bytes ?? 0);
    if (total > highest.bytes) highest = { bytes: total, index };
    if (index >= 0) bytesByNode.push(total);
  }
  const { index } = highest;
  return { ...highest, scope, sizes, bytesByNode, node: paths[index] ?? scope.path, inside: bodies.get(index) };
}

/**
 * Bytes of the values that the graph's inputs and nodes produce (constants are weights), or the first value of open
 * size.
 */
function sizesOf(graph: Graph, inferred: InferredModel): Sizes | Pick<Unknown, 'unknown'> {
  const weights = new Set<ValueName | undefined>(graph.initializers.map(({ name }) => name));
  for (const { values } of graph.sparseInitializers) weights.add(values?.name);
  const names = graph.inputs.map(({ name }) => name ?? '');
  for (const node of graph.nodes) {
    if (node.opType === 'Constant' && isDefaultDomain(node.domain)) continue;
    for (const name of node.outputs) names.push(name);
  }
  const sizes = new Map<ValueName, number>();
  for (const name of names) {
    if (name === '' || weights.has(name)) continue;
    const bytes = bytesOfValue(inferred.value(graph, name) ?? {});
    if (bytes === null) return { unknown: name };
    sizes.set(name, bytes);
  }
  return sizes;
}

/** Lists the values that are alive at the peak, in no order. */
function aliveAt({ scope, index: wanted, sizes, inside }: ScopePeak): LiveValue[] {
  const isMain = scope.parent === undefined;
  for (const { index, alive } of liveness(scope.graph!, sizes)) {
    if (index < wanted) continue;
    const values = Array.from(alive, (name) => {
      return { name, bytes: sizes.get(name)!, ...(isMain ? {} : { graph: scope.path }) };
    });
    return inside === undefined ? values : [...values, ...aliveAt(inside)];
  }
  return [];
}

/** Yields the values that are alive before the first node, and then while each node runs. The set is the same object every time. */
function* liveness(
  graph: Graph,
  sizes: Sizes,
): Generator<{ readonly index: number; readonly bytes: number; readonly alive: ReadonlySet<ValueName> }> {
  const lastReads = new Map<ValueName, number>();
  const readBy = graph.nodes.map((node) => namesReadBy(node));
  for (const [index, names] of readBy.entries()) for (const name of names) lastReads.set(name, index);
  for (const { name } of [...graph.inputs, ...graph.outputs]) lastReads.set(name ?? '', Infinity);
  const alive = new Set<ValueName>();
  let bytes = 0;
  const begin = (name: ValueName): void => {
    if (alive.has(name) || !sizes.has(name)) return;
    alive.add(name);
    bytes += sizes.get(name)!;
  };
  for (const { name } of graph.inputs) begin(name ?? '');
  yield { index: -1, bytes, alive };
  for (const [index, node] of graph.nodes.entries()) {
    node.outputs.forEach(begin);
    yield { index, bytes, alive };
    for (const name of [...readBy[index]!, ...node.outputs]) {
      if ((lastReads.get(name) ?? -1) <= index && alive.delete(name)) bytes -= sizes.get(name)!;
    }
  }
}
