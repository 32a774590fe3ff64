/** Other data in the same places: no name, node or shape changes, so nothing else of the model has to follow. */
import type { ByteSource } from './byte-source';
import type { Attribute, Graph, Model, Node, Tensor } from './graph';

/** The model with some tensors replaced, in initializers and Constant nodes of every graph and function; the rest is shared. */
export function replaceTensors(model: Model, replacements: ReadonlyMap<Tensor, Tensor>): Model {
  if (replacements.size === 0) return model;
  const replaceTensor = (tensor: Tensor): Tensor => replacements.get(tensor) ?? tensor;
  const replaceGraph = (graph: Graph): Graph => {
    const initializers = mapShared(graph.initializers, replaceTensor);
    const nodes = mapShared(graph.nodes, replaceNode);
    return initializers === graph.initializers && nodes === graph.nodes ? graph : { ...graph, initializers, nodes };
  };
  const replaceNode = (node: Node): Node => {
    const attributes = mapShared(node.attributes, replaceAttribute);
    return attributes === node.attributes ? node : { ...node, attributes };
  };
  const replaceAttribute = (attribute: Attribute): Attribute => {
    const t = attribute.t && replaceTensor(attribute.t);
    const g = attribute.g && replaceGraph(attribute.g);
    const graphs = attribute.graphs && mapShared(attribute.graphs, replaceGraph);
    if (t === attribute.t && g === attribute.g && graphs === attribute.graphs) return attribute;
    return { ...attribute, ...(t && { t }), ...(g && { g }), ...(graphs && { graphs }) };
  };
  const graph = model.graph && replaceGraph(model.graph);
  const functions = mapShared(model.functions, (entry) => {
    const nodes = mapShared(entry.nodes, replaceNode);
    return nodes === entry.nodes ? entry : { ...entry, nodes };
  });
  return graph === model.graph && functions === model.functions ? model : { ...model, graph, functions };
}

/** The same tensor with its raw data from elsewhere; typed and external data are dropped. */
export function withDataSource(tensor: Tensor, rawData: ByteSource): Tensor {
  const { name, dims, dataType, docString, segment, unknownFields } = tensor;
  return { name, dims, dataType, docString, segment, unknownFields, rawData };
}

/** The same array when nothing in it changed. */
function mapShared<Item>(items: readonly Item[], replace: (item: Item) => Item): readonly Item[] {
  let changed: Item[] | undefined;
  for (const [index, item] of items.entries()) {
    const next = replace(item);
    if (next !== item) (changed ??= [...items])[index] = next;
  }
  return changed ?? items;
}
