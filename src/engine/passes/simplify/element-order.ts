/** Finds nodes that keep all elements of their input in the same order. */
import type { Node } from '../../onnx/graph';
import { getAttributeInts } from '../../onnx/traverse';
import type { RewriteGraph } from './rewrite-graph';

const reshaping = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);

/** Reshape and the like, and a Transpose that moves no axes but such of size 1. `node`: of the default domain. */
export function keepsElementOrder(graph: RewriteGraph, node: Node): boolean {
  if (node.opType !== 'Transpose') return reshaping.has(node.opType ?? '');
  const shape = graph.value(node.inputs[0]!).shape;
  const permutation = permutationOf(graph, node);
  if (shape === undefined || shape.length !== permutation?.length) return false;
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, index) => index === 0 || axis > moved[index - 1]!);
}

/**
 * The permutation of a Transpose. All axes are reversed if none is stated. Returns `undefined` if their number is not
 * known.
 */
export function permutationOf(graph: RewriteGraph, node: Node): readonly number[] | undefined {
  const stated = getAttributeInts(node, 'perm');
  if (stated !== undefined) return stated;
  const rank = graph.value(node.inputs[0]!).shape?.length ?? graph.value(node.outputs[0]!).shape?.length;
  return rank === undefined ? undefined : Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
}
