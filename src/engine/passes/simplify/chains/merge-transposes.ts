/** Transpose after Transpose is one Transpose, or nothing where the second takes back what the first does. */
import { isDefaultDomain } from '../../../onnx/traverse';
import { intsAttribute } from '../../../onnx/attributes';
import { permutationOf } from '../element-order';
import type { NodeRule } from '../rewrite-model';
import { previousNode, replaceBoth, takeBack } from './previous-node';

const transpose = new Set(['Transpose']);

export const mergeTransposes: NodeRule = (graph, node) => {
  const before = graph.producer(node.inputs[0] ?? '');
  if (before === undefined || before.opType !== 'Transpose' || !isDefaultDomain(before.domain)) return undefined;
  const [first, second] = [permutationOf(graph, before), permutationOf(graph, node)];
  if (first === undefined || second === undefined) return undefined;
  const composed = second.map((axis) => first[axis]!);
  // Worth it even if something else reads the output of the first.
  if (composed.every((axis, index) => axis === index) && takeBack(graph, before, node))
    return { change: 'Removed: reverses the Transpose before' };
  if (previousNode(graph, node, transpose) === undefined) return undefined;
  const attributes = [intsAttribute('perm', composed)];
  replaceBoth(graph, before, node, { ...node, inputs: before.inputs, attributes });
  return { change: 'Merged with the Transpose before' };
};
