import type { Node } from '../../onnx/graph';
import { getAttributeFloat } from '../../onnx/traverse';
import { largestFloat } from './float-tensor';
import { scalarOf } from './scalar-constant';
import type { RewriteGraph } from './rewrite-graph';

export interface ClipBounds {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Returns the bounds of a Clip or Relu of floats. `undefined` for other nodes, and for bounds that are computed,
 * missing values or reversed. An absent bound of a Clip is the largest number of the type (Clip of ONNX), so it makes
 * infinite values finite. Relu does not.
 */
export function clipBounds(graph: RewriteGraph, node: Node): ClipBounds | undefined {
  if (node.opType === 'Relu') return { lower: 0, upper: Infinity };
  if (node.opType !== 'Clip') return undefined;
  const bound = (input: number, attribute: string, absent: number) => {
    const name = node.inputs[input] ?? '';
    return name === '' ? (getAttributeFloat(node, attribute) ?? absent) : scalarOf(graph, name);
  };
  const largest = largestFloat(graph.value(node.inputs[0] ?? '').elementType);
  if (largest === undefined) return undefined;
  const [lower, upper] = [bound(1, 'min', -largest), bound(2, 'max', largest)];
  return lower !== undefined && upper !== undefined && lower <= upper ? { lower, upper } : undefined;
}
