import type { Node } from '../../onnx/graph';
import { getAttributeFloat } from '../../onnx/traverse';
import { scalarOf } from './scalar-constant';
import type { RewriteGraph } from './rewrite-graph';

export interface ClipBounds {
  readonly lower: number;
  readonly upper: number;
}

/** The bounds of a Clip or Relu; `undefined` for other nodes and bounds that are computed, missing values or reversed. */
export function clipBounds(graph: RewriteGraph, node: Node): ClipBounds | undefined {
  if (node.opType === 'Relu') return { lower: 0, upper: Infinity };
  if (node.opType !== 'Clip') return undefined;
  const bound = (input: number, attribute: string, absent: number) => {
    const name = node.inputs[input] ?? '';
    return name === '' ? (getAttributeFloat(node, attribute) ?? absent) : scalarOf(graph, name);
  };
  const [lower, upper] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
  return lower !== undefined && upper !== undefined && lower <= upper ? { lower, upper } : undefined;
}
