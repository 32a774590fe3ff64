/**
 * Renames values in nodes and graphs, all at once: those that they read and compute, and those that graphs inside
 * define and read.
 */
import type { Graph, Node, ValueInfo, ValueName } from './graph';
import { withSubgraphs } from './subgraphs';

type Names = ReadonlyMap<ValueName, ValueName>;

/** @param nodeName the name of the node and of those inside it; absent: names of nodes stay. */
export function renameValues(node: Node, renamed: Names, nodeName: (name: string) => string = (name) => name): Node {
  const swap = (name: ValueName) => renamed.get(name) ?? name;
  const inside = withSubgraphs(node, (graph) => renameGraph(graph, renamed, nodeName));
  return {
    ...inside,
    ...(node.name && { name: nodeName(node.name) }),
    inputs: inside.inputs.map(swap),
    outputs: inside.outputs.map(swap),
  };
}

/** The graph with all that hangs on names of values. */
export function renameGraph(graph: Graph, renamed: Names, nodeName?: (name: string) => string): Graph {
  const swap = (name: ValueName) => renamed.get(name) ?? name;
  const swapNamed = <Named extends { readonly name?: ValueName }>(entry: Named): Named =>
    entry.name !== undefined && renamed.has(entry.name) ? { ...entry, name: swap(entry.name) } : entry;
  const swapInfos = (infos: readonly ValueInfo[]) => infos.map(swapNamed);
  return {
    ...graph,
    nodes: graph.nodes.map((inner) => renameValues(inner, renamed, nodeName)),
    initializers: graph.initializers.map(swapNamed),
    sparseInitializers: graph.sparseInitializers.map((entry) =>
      entry.values ? { ...entry, values: swapNamed(entry.values) } : entry,
    ),
    inputs: swapInfos(graph.inputs),
    outputs: swapInfos(graph.outputs),
    valueInfos: swapInfos(graph.valueInfos),
    quantizationAnnotations: graph.quantizationAnnotations.map((annotation) => ({
      ...annotation,
      ...(annotation.tensorName !== undefined && { tensorName: swap(annotation.tensorName) }),
      // Scales and zero points, by the names of their tensors.
      parameters: annotation.parameters.map((entry) =>
        entry.value === undefined ? entry : { ...entry, value: swap(entry.value) },
      ),
    })),
  };
}
