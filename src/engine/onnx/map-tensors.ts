/** Replaces every tensor of a model in one go, wherever it is. Unchanged parts are shared. */
import type { Attribute, Graph, Model, Node, SparseTensor, Tensor, TrainingInfo } from './graph';
import { constantTensor, isConstant, valueAttribute } from './constant-node';
import { mapShared } from './map-shared';
import { storedSizeBytes } from './tensor';

/** The place of a tensor: the main graph (an initializer or a Constant node), or a subgraph or a function below it. */
export type TensorPlace = 'main' | 'nested';

/**
 * The model with each tensor passed through `replace`: initializers, tensors in attributes, the parts of sparse tensors,
 * in all subgraphs, functions and training graphs. The same object comes back when `replace` changed nothing. Each node passes through
 * `replaceNode` before its tensors do.
 */
export function mapTensors(
  model: Model,
  replace: (tensor: Tensor, place: TensorPlace) => Tensor,
  replaceNode: (node: Node) => Node = (node) => node,
): Model {
  const nested = graphMapper((tensor) => replace(tensor, 'nested'), replaceNode);
  const main = graphMapper((tensor) => replace(tensor, 'main'), replaceNode, nested);
  const graph = model.graph && main.graphOf(model.graph);
  const functions = mapShared(model.functions, (entry) => {
    const nodes = mapShared(entry.nodes, nested.nodeOf);
    return nodes === entry.nodes ? entry : { ...entry, nodes };
  });
  const training = mapShared(model.training, (info) => mapTraining(info, nested.graphOf));
  const same = graph === model.graph && functions === model.functions && training === model.training;
  return same ? model : { ...model, graph, functions, training };
}

/**
 * The model with some of its tensors replaced, wherever they are. Numbers and lists of Constant nodes count as the tensors that
 * `constantTensor` returns for them.
 */
export function replaceTensors(model: Model, replacements: ReadonlyMap<Tensor, Tensor>): Model {
  const replace = (tensor: Tensor): Tensor => replacements.get(tensor) ?? tensor;
  return mapTensors(model, replace, (node) => (isConstant(node) ? withReplacedList(node, replace) : node));
}

function withReplacedList(node: Node, replace: (tensor: Tensor) => Tensor): Node {
  const attributes = mapShared(node.attributes, (attribute) => {
    const tensor = attribute.t || attribute.sparseTensor ? undefined : constantTensor(attribute);
    const next = tensor && replace(tensor);
    return next === undefined || next === tensor ? attribute : valueAttribute(next);
  });
  return attributes === node.attributes ? node : { ...node, attributes };
}

/** Bytes of all tensors of a model, wherever they are, without reading them. */
export function storedDataBytes(model: Model): number {
  let total = 0;
  mapTensors(model, (tensor) => {
    total += storedSizeBytes(tensor);
    return tensor;
  });
  return total;
}

interface GraphMapper {
  readonly graphOf: (graph: Graph) => Graph;
  readonly nodeOf: (node: Node) => Node;
}

/** `below` maps the graphs in attributes; absent, they are mapped like the one around them. */
function graphMapper(
  replace: (tensor: Tensor) => Tensor,
  replaceNode: (node: Node) => Node,
  below?: GraphMapper,
): GraphMapper {
  const sparse = (tensor: SparseTensor): SparseTensor => {
    const values = tensor.values && replace(tensor.values);
    const indices = tensor.indices && replace(tensor.indices);
    return values === tensor.values && indices === tensor.indices ? tensor : { ...tensor, values, indices };
  };
  const graphOf = (graph: Graph): Graph => {
    const initializers = mapShared(graph.initializers, replace);
    const sparseInitializers = mapShared(graph.sparseInitializers, sparse);
    const nodes = mapShared(graph.nodes, nodeOf);
    const same =
      initializers === graph.initializers && sparseInitializers === graph.sparseInitializers && nodes === graph.nodes;
    return same ? graph : { ...graph, initializers, sparseInitializers, nodes };
  };
  const subgraphOf = below?.graphOf ?? graphOf;
  const nodeOf = (given: Node): Node => {
    const node = replaceNode(given);
    const attributes = mapShared(node.attributes, attributeOf);
    return attributes === node.attributes ? node : { ...node, attributes };
  };
  const attributeOf = (attribute: Attribute): Attribute => {
    let next = attribute;
    const put = <K extends keyof Attribute>(key: K, value: Attribute[K]): void => {
      if (value !== attribute[key]) next = { ...next, [key]: value };
    };
    const { t, g, tensors, graphs, sparseTensor, sparseTensors } = attribute;
    if (t) put('t', replace(t));
    if (g) put('g', subgraphOf(g));
    if (tensors) put('tensors', mapShared(tensors, replace));
    if (graphs) put('graphs', mapShared(graphs, subgraphOf));
    if (sparseTensor) put('sparseTensor', sparse(sparseTensor));
    if (sparseTensors) put('sparseTensors', mapShared(sparseTensors, sparse));
    return next;
  };
  return { graphOf, nodeOf };
}

function mapTraining(info: TrainingInfo, graphOf: (graph: Graph) => Graph): TrainingInfo {
  const initialization = info.initialization && graphOf(info.initialization);
  const algorithm = info.algorithm && graphOf(info.algorithm);
  return initialization === info.initialization && algorithm === info.algorithm
    ? info
    : { ...info, initialization, algorithm };
}
