/** The same model with sigmoids by their formula: onnxruntime's are off by 1e-7, which is much of a number near zero. */
import type { Graph, Model, Node } from '../onnx/graph';

/** Has the outputs of the model, with each Sigmoid as exp(−softplus(−x)). */
export function withExactSigmoids(model: Model): Model {
  return { ...model, ...(model.graph && { graph: exactGraph(model.graph) }) };
}

function exactGraph(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.flatMap(exactNodes) };
}

function exactNodes(node: Node): readonly Node[] {
  const [x = '', y = ''] = [node.inputs[0], node.outputs[0]];
  if (node.opType !== 'Sigmoid') {
    return [
      { ...node, attributes: node.attributes.map((each) => (each.g ? { ...each, g: exactGraph(each.g) } : each)) },
    ];
  }
  const names = [x, `${y}/turned`, `${y}/softplus`, `${y}/exponent`, y];
  return ['Neg', 'Softplus', 'Neg', 'Exp'].map((opType, at) => ({
    ...{ opType, inputs: [names[at]!], outputs: [names[at + 1]!], attributes: [] },
  }));
}
