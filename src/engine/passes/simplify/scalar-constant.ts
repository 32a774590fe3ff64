/** Single numbers among the inputs of nodes. */
import type { Node, ValueName } from '../../onnx/graph';
import { elementCount } from '../../onnx/tensor';
import { readFloats } from './float-tensor';
import type { RewriteGraph } from './rewrite-graph';

/** The number of a float constant with one element. */
export function scalarOf(graph: RewriteGraph, name: ValueName): number | undefined {
  const tensor = graph.constant(name);
  return tensor !== undefined && elementCount(tensor) === 1 ? readFloats(tensor)?.[0] : undefined;
}

/** For a node of two inputs of which one is a number: the number, its input, and the value that is not one. */
export function scalarOperand(
  graph: RewriteGraph,
  { inputs }: Node,
): { readonly value: ValueName; readonly scalar: number; readonly side: 0 | 1 } | undefined {
  if (inputs.length !== 2) return undefined;
  for (const side of [1, 0] as const) {
    const scalar = scalarOf(graph, inputs[side]!);
    if (scalar !== undefined && scalarOf(graph, inputs[1 - side]!) === undefined)
      return { value: inputs[1 - side]!, scalar, side };
  }
  return undefined;
}
