/** A Concat whose result only another Concat along the same axis reads, once, is part of that one: no list of inputs grows. */
import type { Node, ValueName } from '../../../onnx/graph';
import { axisFromFront } from '../../../onnx/ops/operator';
import { getAttributeInt, isDefaultDomain } from '../../../onnx/traverse';
import type { RewriteGraph } from '../rewrite-graph';
import type { NodeRule } from '../rewrite-model';

export const mergeConcats: NodeRule = (graph, node) => {
  const axis = axisOf(graph, node);
  if (axis === undefined) return undefined;
  const merged = new Set<Node>();
  const isTwice = (name: ValueName) => node.inputs.indexOf(name) !== node.inputs.lastIndexOf(name);
  const inputs = node.inputs.flatMap((name): readonly ValueName[] => {
    const inner = graph.producer(name);
    if (inner?.opType !== 'Concat' || !isDefaultDomain(inner.domain) || graph.onlyReader(name) !== node) return [name];
    if (axisOf(graph, inner) !== axis || isTwice(name)) return [name];
    merged.add(inner);
    return inner.inputs;
  });
  if (merged.size === 0) return undefined;
  graph.replace(node, [{ ...node, inputs }]);
  for (const inner of merged) graph.remove(inner);
  return { change: merged.size === 1 ? 'Merged with the Concat before' : `Merged with ${merged.size} Concats before` };
};

function axisOf(graph: RewriteGraph, node: Node): number | undefined {
  const rank = graph.value(node.outputs[0]!).shape?.length;
  const axis = getAttributeInt(node, 'axis');
  if (axis === undefined || axis >= 0 || rank === undefined) return axis !== undefined && axis >= 0 ? axis : undefined;
  return axisFromFront(axis, rank);
}
