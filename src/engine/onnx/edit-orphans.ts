/** Removes the values that an edit left without a reader. See `ModelEditor.finish`. */
import type { Graph, ValueName } from './graph';
import { namesDefinedBy, subgraphsOf } from './subgraphs';

/**
 * Removes orphans from `changed`: initializers and nodes that were read in `original` or are new, and descriptions of
 * values that no longer exist. Parts that nothing read in `original` stay. Graphs inside nodes are read, but not
 * changed.
 */
export function withoutOrphans(original: Graph, changed: Graph): Graph {
  const readBefore = namesReadWithin(original);
  const definedBefore = new Set(namesDefinedBy(original));
  let graph = changed;
  for (;;) {
    const readNow = namesReadWithin(graph);
    const next = withoutNames(
      graph,
      (name) => !readNow.has(name) && (readBefore.has(name) || !definedBefore.has(name)),
    );
    if (next === graph) break;
    graph = next;
  }
  return withoutStaleDescriptions(graph, definedBefore);
}

/** Every name that is read anywhere in the graph or below, or is an output of one of these graphs. */
function namesReadWithin(graph: Graph, names = new Set<ValueName>()): Set<ValueName> {
  for (const output of graph.outputs) if (output.name) names.add(output.name);
  for (const node of graph.nodes) {
    for (const name of node.inputs) if (name) names.add(name);
    for (const subgraph of subgraphsOf(node)) namesReadWithin(subgraph, names);
  }
  return names;
}

function withoutNames(graph: Graph, isOrphan: (name: ValueName) => boolean): Graph {
  const removed = new Set<ValueName>();
  const initializers = graph.initializers.filter((tensor) => {
    if (!tensor.name || !isOrphan(tensor.name)) return true;
    removed.add(tensor.name);
    return false;
  });
  const nodes = graph.nodes.filter((node) => {
    const outputs = node.outputs.filter((name) => name !== '');
    return outputs.length === 0 || !outputs.every(isOrphan);
  });
  if (nodes.length === graph.nodes.length && removed.size === 0) return graph;
  // An initializer of an old file is listed as an input too.
  const inputs = graph.inputs.filter((input) => !(input.name && removed.has(input.name)));
  return { ...graph, nodes, initializers, inputs };
}

function withoutStaleDescriptions(graph: Graph, definedBefore: ReadonlySet<ValueName>): Graph {
  const defined = new Set(namesDefinedBy(graph));
  const valueInfos = graph.valueInfos.filter(
    ({ name }) => name === undefined || defined.has(name) || !definedBefore.has(name),
  );
  return valueInfos.length === graph.valueInfos.length ? graph : { ...graph, valueInfos };
}
