/** The parts that must be equal in two equivalent models: the order of nodes and initializers may differ, and empty names are absent ones. */
import type { Attribute, Graph, Node, Tensor } from '../../../../onnx/graph';
import { tensorBytes } from '../../../../onnx/tensor';

export function comparableGraph(graph: Graph) {
  return {
    nodes: sorted(graph.nodes.map(comparableNode), (node) => node.outputs.join()),
    initializers: sorted(graph.initializers.map(comparableTensor), (tensor) => tensor.name),
    inputs: graph.inputs.map((input) => input.name),
    outputs: graph.outputs.map((output) => output.name),
  };
}

function comparableNode(node: Node) {
  return {
    op: `${node.domain ?? ''}:${node.opType}`,
    name: node.name ?? '',
    inputs: node.inputs,
    outputs: node.outputs,
    attributes: sorted(node.attributes.map(comparableAttribute), (attribute) => attribute.name),
  };
}

function comparableAttribute({ name = '', type, f, i, s, t, floats = [], ints = [] }: Attribute) {
  return { name, type, f, i, s: s && [...s], t: t && comparableTensor(t), floats: [...floats], ints: [...ints] };
}

function comparableTensor(tensor: Tensor) {
  const hex = Buffer.from(tensorBytes(tensor)).toString('hex');
  return { name: tensor.name ?? '', dims: tensor.dims.map(Number), dataType: tensor.dataType, hex };
}

function sorted<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
