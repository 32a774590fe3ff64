/** Results of a node that nothing reads and that the node need not give: it computes less without them. */
import type { Graph, Node, ValueName } from '../../onnx/graph';
import { operatorRecord } from '../../onnx/ops/registry';
import { subgraphsOf, withSubgraphs } from '../../onnx/subgraphs';

/** The inputs of a Loop beside its carried values: the trip count and the condition. */
const loopControls = 2;

/**
 * Returns the node without unread results. These are optional ones, rows that a Loop collects, and those of an If
 * together with the parts that compute them in both branches. Returns the same object if all are read.
 */
export function withoutUnusedResults(node: Node, isRead: (name: ValueName) => boolean): Node {
  const isUnused = (index: number) => !isRead(node.outputs[index]!);
  const indices = [...node.outputs.keys()];
  switch (node.opType) {
    case 'If':
      return withoutResults(node, indices.filter(isUnused), 0);
    case 'Loop': {
      const carried = node.inputs.length - loopControls;
      // The first result of the body says whether to go on.
      return withoutResults(
        node,
        indices.filter((index) => index >= carried && isUnused(index)),
        1,
      );
    }
    default:
      return withoutOptional(node, indices.filter(isUnused));
  }
}

function withoutOptional(node: Node, unused: readonly number[]): Node {
  const first = operatorRecord(node)?.optionalOutputsFrom;
  const gone = unused.filter((index) => first !== undefined && index >= first && node.outputs[index] !== '');
  if (gone.length === 0) return node;
  const outputs = node.outputs.map((name, index) => (gone.includes(index) ? '' : name));
  return { ...node, outputs: outputs.slice(0, outputs.findLastIndex((name) => name !== '') + 1) };
}

/** `offset`: how many results the graphs inside give before those of the node. */
function withoutResults(node: Node, unused: readonly number[], offset: number): Node {
  const isComplete = subgraphsOf(node).every(({ outputs }) => outputs.length === node.outputs.length + offset);
  if (unused.length === 0 || !isComplete) return node;
  const isKept = (_: unknown, index: number) => !unused.includes(index);
  const trim = (graph: Graph): Graph => ({
    ...graph,
    outputs: graph.outputs.filter((output, index) => index < offset || isKept(output, index - offset)),
  });
  return { ...withSubgraphs(node, trim), outputs: node.outputs.filter(isKept) };
}
