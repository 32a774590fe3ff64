import type { Node } from '../../../onnx/graph';
import { isDefaultDomain } from '../../../onnx/traverse';
import type { RewriteGraph } from '../rewrite-graph';

/** The node of one of these operators whose output `node` reads first, if nothing else reads it. */
export function previousNode(graph: RewriteGraph, node: Node, operators: ReadonlySet<string>): Node | undefined {
  const name = node.inputs[0] ?? '';
  const previous = graph.producer(name);
  if (previous === undefined || !isDefaultDomain(previous.domain) || !operators.has(previous.opType ?? ''))
    return undefined;
  const others = node.inputs.slice(1);
  return graph.onlyReader(name) === node && !others.includes(name) ? previous : undefined;
}

/** Puts one node in the place of two, of which nothing else reads the first. */
export function replaceBoth(graph: RewriteGraph, previous: Node, node: Node, merged: Node): void {
  graph.replace(node, [merged]);
  graph.remove(previous);
}

/** Lets the readers of `node` read the input of the node before it. Removes both if nothing else reads the first. */
export function takeBack(graph: RewriteGraph, previous: Node, node: Node): boolean {
  const [middle] = previous.outputs;
  if (!graph.bypass(node.outputs[0]!, previous.inputs[0]!)) return false;
  // The node may be another one by now: of a value that took the name of an output over.
  const left = graph.producer(middle!);
  if (left !== undefined && graph.readers(middle!).length === 0 && !graph.isOutput(middle!)) graph.remove(left);
  return true;
}
