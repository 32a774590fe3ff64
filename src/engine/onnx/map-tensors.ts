/** Every tensor of a model, wherever it hangs, replaced in one go; whatever does not change is shared. */
import type { Attribute, Graph, Model, Node, SparseTensor, Tensor, TrainingInfo } from './graph';
import { mapShared } from './map-shared';

/** Where a tensor hangs. */
export type TensorPlace = 'initializer' | 'attribute';

/**
 * The model with each tensor passed through `replace`: initializers, tensors in attributes, the parts of sparse tensors,
 * in all subgraphs, functions and training graphs. The same object comes back when `replace` changed nothing.
 */
export function mapTensors(model: Model, replace: (tensor: Tensor, place: TensorPlace) => Tensor): Model {
  const sparse = (tensor: SparseTensor, place: TensorPlace): SparseTensor => {
    const values = tensor.values && replace(tensor.values, place);
    const indices = tensor.indices && replace(tensor.indices, place);
    return values === tensor.values && indices === tensor.indices ? tensor : { ...tensor, values, indices };
  };
  const graphOf = (graph: Graph): Graph => {
    const initializers = mapShared(graph.initializers, (tensor) => replace(tensor, 'initializer'));
    const sparseInitializers = mapShared(graph.sparseInitializers, (tensor) => sparse(tensor, 'initializer'));
    const nodes = mapShared(graph.nodes, nodeOf);
    const same =
      initializers === graph.initializers && sparseInitializers === graph.sparseInitializers && nodes === graph.nodes;
    return same ? graph : { ...graph, initializers, sparseInitializers, nodes };
  };
  const nodeOf = (node: Node): Node => {
    const attributes = mapShared(node.attributes, attributeOf);
    return attributes === node.attributes ? node : { ...node, attributes };
  };
  const attributeOf = (attribute: Attribute): Attribute => {
    let next = attribute;
    const put = <K extends keyof Attribute>(key: K, value: Attribute[K]): void => {
      if (value !== attribute[key]) next = { ...next, [key]: value };
    };
    const { t, g, tensors, graphs, sparseTensor, sparseTensors } = attribute;
    if (t) put('t', replace(t, 'attribute'));
    if (g) put('g', graphOf(g));
    if (tensors)
      put(
        'tensors',
        mapShared(tensors, (tensor) => replace(tensor, 'attribute')),
      );
    if (graphs) put('graphs', mapShared(graphs, graphOf));
    if (sparseTensor) put('sparseTensor', sparse(sparseTensor, 'attribute'));
    if (sparseTensors)
      put(
        'sparseTensors',
        mapShared(sparseTensors, (tensor) => sparse(tensor, 'attribute')),
      );
    return next;
  };
  const trainingOf = (info: TrainingInfo): TrainingInfo => {
    const initialization = info.initialization && graphOf(info.initialization);
    const algorithm = info.algorithm && graphOf(info.algorithm);
    return initialization === info.initialization && algorithm === info.algorithm
      ? info
      : { ...info, initialization, algorithm };
  };
  const graph = model.graph && graphOf(model.graph);
  const functions = mapShared(model.functions, (entry) => {
    const nodes = mapShared(entry.nodes, nodeOf);
    return nodes === entry.nodes ? entry : { ...entry, nodes };
  });
  const training = mapShared(model.training, trainingOf);
  const same = graph === model.graph && functions === model.functions && training === model.training;
  return same ? model : { ...model, graph, functions, training };
}
