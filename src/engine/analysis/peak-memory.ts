/** How much memory activations take at once, from which values are alive while each node runs. */
import type { Graph, Model, Node, ValueName } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import { bytesOfValue } from '../onnx/ops/bytes-moved';
import { subgraphsOf, namesReadBy } from '../onnx/subgraphs';
import { isDefaultDomain, nodeLabel } from '../onnx/traverse';

/** Of the values at the peak the largest are named. */
const mostNamed = 16;

export interface LiveValue {
  readonly name: ValueName;
  readonly bytes: number;
}

export interface PeakMemory {
  readonly bytes: number;
  /** Path of the node that runs when most is alive. */
  readonly node: string;
  /** What is alive then, largest first, at most 16. Values inside the node's own graphs are not among them. */
  readonly alive: readonly LiveValue[];
  /** How many values are alive then. */
  readonly aliveCount: number;
}

/** A peak, or why there is none. */
export type PeakEstimate = { readonly peak: PeakMemory } | { readonly peak: null; readonly reason: string };

/**
 * The most bytes of activations that are alive at once when nodes run in the order of the file: a static estimate, not a
 * measurement. An input of the graph stays to the end, since the caller holds it; so does an output from the node that
 * makes it. Any other value lives from the node that makes it to the last one that reads it, in graphs inside too.
 * Weights are not counted, nor what a kernel takes for itself; no output is taken to share the memory of an input. While a
 * node with graphs inside runs, the peak of its largest graph is added, with what is passed in and out (of a loop that of
 * one turn); of a function that a node calls only the inputs and outputs of the call.
 *
 * @param inferred of the same model, with the sizes that are wanted. Where one is open there is no number but a reason.
 */
export function estimatePeakMemory(model: Model, inferred: InferredModel): PeakEstimate {
  if (!model.graph) return { peak: null, reason: 'The model has no graph.' };
  const sizes = sizesOf(model.graph, inferred);
  const inside = new Map<Node, number>();
  const unknown = sizes instanceof Map ? measureBodies(model.graph, inferred, inside) : sizes.unknown;
  if (!(sizes instanceof Map) || unknown !== undefined) {
    const open = `The size of "${unknown}" is not known`;
    return { peak: null, reason: `${open}. Give the free dimensions sizes; what depends on the data has none.` };
  }
  const { bytes, index } = highestPoint(model.graph, sizes, inside);
  const alive = aliveAt(model.graph, sizes, index);
  const node = model.graph.nodes[index];
  return {
    peak: {
      bytes,
      node: node === undefined ? 'graph' : `graph/${nodeLabel(node, index)}`,
      alive: alive.slice(0, mostNamed),
      aliveCount: alive.length,
    },
  };
}

type Sizes = Map<ValueName, number>;

/** Bytes of what the graph's inputs and nodes bring into being (constants are weights), or the first that is open. */
function sizesOf(graph: Graph, inferred: InferredModel): Sizes | { readonly unknown: ValueName } {
  const weights = new Set<ValueName | undefined>(graph.initializers.map(({ name }) => name));
  for (const { values } of graph.sparseInitializers) weights.add(values?.name);
  const names = graph.inputs.map(({ name }) => name ?? '');
  for (const node of graph.nodes) {
    if (node.opType === 'Constant' && isDefaultDomain(node.domain)) continue;
    names.push(...node.outputs);
  }
  const sizes = new Map<ValueName, number>();
  for (const name of names) {
    if (name === '' || weights.has(name)) continue;
    const bytes = bytesOfValue(inferred.value(graph, name) ?? {});
    if (typeof bytes !== 'number') return { unknown: name };
    sizes.set(name, bytes);
  }
  return sizes;
}

/** Fills in the peaks of the graphs inside each node. Returns the first value of them whose size is open. */
function measureBodies(graph: Graph, inferred: InferredModel, inside: Map<Node, number>): ValueName | undefined {
  for (const node of graph.nodes) {
    for (const body of subgraphsOf(node)) {
      const sizes = sizesOf(body, inferred);
      const unknown = sizes instanceof Map ? measureBodies(body, inferred, inside) : sizes.unknown;
      if (unknown !== undefined) return unknown;
      const { bytes } = highestPoint(body, sizes as Sizes, inside);
      inside.set(node, Math.max(inside.get(node) ?? 0, bytes));
    }
  }
  return undefined;
}

/** `index`: of the node; −1 before the first one. */
function highestPoint(
  graph: Graph,
  sizes: Sizes,
  inside: ReadonlyMap<Node, number>,
): { readonly bytes: number; readonly index: number } {
  let highest = { bytes: -1, index: -1 };
  for (const { index, bytes } of liveness(graph, sizes)) {
    const node = graph.nodes[index];
    const total = bytes + ((node && inside.get(node)) ?? 0);
    if (total > highest.bytes) highest = { bytes: total, index };
  }
  return highest;
}

function aliveAt(graph: Graph, sizes: Sizes, wanted: number): LiveValue[] {
  for (const { index, alive } of liveness(graph, sizes)) {
    if (index < wanted) continue;
    const values = Array.from(alive, (name) => ({ name, bytes: sizes.get(name)! }));
    return values.toSorted((a, b) => b.bytes - a.bytes);
  }
  return [];
}

/** What is alive before the first node, then while each of them runs. The set is the same one every time. */
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
