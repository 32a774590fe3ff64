/** The node with other names for values, all at once: what it reads and computes, and all that its graphs define and read. */
import type { Graph, Node, ValueInfo, ValueName } from './graph';
import { withSubgraphs } from './subgraphs';

/** @param nodeName what the node and those inside it are called; absent: names of nodes stay. */
export function renameValues(
  node: Node,
  renamed: ReadonlyMap<ValueName, ValueName>,
  nodeName: (name: string) => string = (name) => name,
): Node {
  const swap = (name: ValueName) => renamed.get(name) ?? name;
  const swapNamed = <Named extends { readonly name?: ValueName }>(entry: Named): Named =>
    entry.name !== undefined && renamed.has(entry.name) ? { ...entry, name: swap(entry.name) } : entry;
  const swapInfos = (infos: readonly ValueInfo[]) => infos.map(swapNamed);
  const inside = withSubgraphs(node, (graph): Graph => ({
    ...graph,
    nodes: graph.nodes.map((inner) => renameValues(inner, renamed, nodeName)),
    initializers: graph.initializers.map(swapNamed),
    sparseInitializers: graph.sparseInitializers.map((entry) =>
      entry.values ? { ...entry, values: swapNamed(entry.values) } : entry,
    ),
    inputs: swapInfos(graph.inputs),
    outputs: swapInfos(graph.outputs),
    valueInfos: swapInfos(graph.valueInfos),
  }));
  return {
    ...inside,
    ...(node.name && { name: nodeName(node.name) }),
    inputs: inside.inputs.map(swap),
    outputs: inside.outputs.map(swap),
  };
}
