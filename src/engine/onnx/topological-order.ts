import type { Graph, Model, Node, ValueName } from './graph';
import { mapShared } from './map-shared';
import { namesReadBy, withSubgraphs } from './subgraphs';

/**
 * Returns the model with the nodes of every graph and function in topological order. The standard requires it, runtimes
 * do not, and code that walks over nodes relies on it. Returns the same object if nothing moved.
 */
export function withSortedNodes(model: Model): Model {
  const graph = model.graph && sortedGraph(model.graph);
  const functions = mapShared(model.functions, (entry) => {
    const nodes = sortedNodes(entry.nodes);
    return nodes === entry.nodes ? entry : { ...entry, nodes };
  });
  return graph === model.graph && functions === model.functions ? model : { ...model, graph, functions };
}

function sortedGraph(graph: Graph): Graph {
  const nodes = sortedNodes(graph.nodes);
  return nodes === graph.nodes ? graph : { ...graph, nodes };
}

function sortedNodes(nodes: readonly Node[]): readonly Node[] {
  return inTopologicalOrder(mapShared(nodes, (node) => withSubgraphs(node, sortedGraph)));
}

/**
 * The nodes of one graph, each after the nodes whose outputs it reads (also inside its subgraphs). Keeps the given
 * order wherever it is already right; the same array when nothing had to move. Nodes on a cycle come last.
 */
export function inTopologicalOrder(nodes: readonly Node[]): readonly Node[] {
  const sources = sourcesOf(nodes);
  if (sources.every((list, index) => list.every((source) => source < index))) return nodes;
  return visitInOrder(nodes, sources);
}

/** Returns for each node of one graph the indices of the nodes whose outputs it reads, also inside its subgraphs. */
export function sourcesOf(nodes: readonly Node[]): readonly (readonly number[])[] {
  const producers = new Map<ValueName, number>();
  nodes.forEach((node, index) => node.outputs.forEach((output) => output && producers.set(output, index)));
  return nodes.map((node) => {
    const indices = namesReadBy(node).map((name) => producers.get(name));
    return indices.filter((index) => index !== undefined);
  });
}

/** Depth first from each node in turn, with an own stack: chains of nodes can be longer than the call stack. */
function visitInOrder(nodes: readonly Node[], sources: readonly (readonly number[])[]): Node[] {
  const order: Node[] = [];
  const state = new Uint8Array(nodes.length);
  const PENDING = 1;
  const DONE = 2;
  for (let start = 0; start < nodes.length; start++) {
    const stack = [start];
    while (stack.length > 0) {
      const index = stack[stack.length - 1]!;
      const waiting = state[index] === 0 ? sources[index]!.filter((source) => state[source] === 0) : [];
      if (waiting.length > 0) {
        state[index] = PENDING;
        for (const source of waiting.reverse()) stack.push(source);
        continue;
      }
      stack.pop();
      if (state[index] === DONE) continue;
      state[index] = DONE;
      order.push(nodes[index]!);
    }
  }
  return order;
}
