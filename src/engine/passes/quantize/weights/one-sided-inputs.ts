/** Decides from the preceding operators, without data, if the input of a layer lies mostly on one side of zero. */
import type { Graph, Node, ValueName } from '../../../onnx/graph';
import { producersIn, type NodeVisit } from '../../../onnx/traverse';

/** Activations, and products with what opens and closes a channel: HardSwish is often written as one. */
const oneSided: ReadonlySet<string> = new Set(
  'Relu Clip LeakyRelu PRelu HardSwish Sigmoid HardSigmoid Softmax Mul GlobalAveragePool'.split(' '),
);

/** Operators that pass the mean of their first input on. */
const handsOn: ReadonlySet<string> = new Set(
  'MaxPool AveragePool Pad Concat Identity Resize Upsample Transpose Reshape Dropout Add'.split(' '),
);

/** The search gives up in longer chains. */
const mostSteps = 20;

const producers = new WeakMap<Graph, ReadonlyMap<ValueName, Node>>();

function producersOf(graph: Graph): ReadonlyMap<ValueName, Node> {
  const known = producers.get(graph);
  if (known) return known;
  const found = producersIn(graph.nodes);
  producers.set(graph, found);
  return found;
}

/** False for an input of the model, and for what another layer gives as it is: their means are as often below as above zero. */
export function readsOneSided({ node, scope }: NodeVisit): boolean {
  if (!scope.graph) return false;
  const of = producersOf(scope.graph);
  let source = of.get(node.inputs[0] ?? '');
  for (let step = 0; step < mostSteps && source && handsOn.has(source.opType ?? ''); step += 1) {
    source = of.get(source.inputs[0] ?? '');
  }
  return oneSided.has(source?.opType ?? '');
}
