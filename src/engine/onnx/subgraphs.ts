/** Graphs inside nodes: the bodies of If, Loop and Scan, wherever an attribute holds one. */
import type { Attribute, Graph, Node, ValueName } from './graph';

const none: readonly Graph[] = [];

/** The graphs that a node carries in its attributes, in order. */
export function subgraphsOf(node: Node): readonly Graph[] {
  if (!node.attributes.some((attribute) => attribute.g !== undefined || attribute.graphs?.length)) return none;
  return node.attributes.flatMap((attribute) => [...(attribute.g ? [attribute.g] : []), ...(attribute.graphs ?? [])]);
}

/** Lists the attributes that hold graphs, in the order of `subgraphsOf`: `then_branch`, `bodies[1]`. */
export function attributesWithGraphs({ attributes }: Node): string[] {
  return attributes.flatMap(({ name = '', g, graphs = [] }) => [
    ...(g ? [name] : []),
    ...graphs.map((_, index) => `${name}[${index}]`),
  ]);
}

/** The node with each of its graphs replaced; the same node when nothing differs. */
export function withSubgraphs(node: Node, replace: (graph: Graph) => Graph): Node {
  let changed = false;
  const swap = (graph: Graph): Graph => {
    const next = replace(graph);
    if (next !== graph) changed = true;
    return next;
  };
  const attributes = node.attributes.map((attribute): Attribute => {
    if (attribute.g) return { ...attribute, g: swap(attribute.g) };
    return attribute.graphs?.length ? { ...attribute, graphs: attribute.graphs.map(swap) } : attribute;
  });
  return changed ? { ...node, attributes } : node;
}

/** Names that a node reads: its inputs, and what its graphs read from the scopes around them. */
export function namesReadBy(node: Node): readonly ValueName[] {
  const subgraphs = subgraphsOf(node);
  if (subgraphs.length === 0) return node.inputs.filter((name) => name !== '');
  const names = new Set(node.inputs.filter((name) => name !== ''));
  for (const graph of subgraphs) for (const name of outerNamesReadBy(graph)) names.add(name);
  return [...names];
}

/** Names that a graph reads and does not define itself. */
function outerNamesReadBy(graph: Graph): Set<ValueName> {
  const names = new Set<ValueName>();
  for (const node of graph.nodes) for (const name of namesReadBy(node)) names.add(name);
  for (const output of graph.outputs) if (output.name) names.add(output.name);
  for (const name of namesDefinedBy(graph)) names.delete(name);
  return names;
}

/** Names that a graph defines: inputs, initializers and the outputs of its nodes, without those of graphs inside. */
export function* namesDefinedBy(graph: Graph): Generator<ValueName> {
  for (const input of graph.inputs) if (input.name) yield input.name;
  for (const tensor of graph.initializers) if (tensor.name) yield tensor.name;
  for (const sparse of graph.sparseInitializers) if (sparse.values?.name) yield sparse.values.name;
  for (const node of graph.nodes) for (const output of node.outputs) if (output) yield output;
}
