import type { Node } from '../../../onnx/graph';
import { getAttributeInts, getAttributeText } from '../../../onnx/traverse';

/**
 * Padding of a Conv or pool over so many spatial axes, before all of them, then after; `undefined` if it follows from
 * sizes.
 */
export function ownPads(node: Node, axes: number): readonly number[] | undefined {
  const mode = getAttributeText(node, 'auto_pad') ?? 'NOTSET';
  const none = Array.from({ length: 2 * axes }, () => 0);
  if (mode === 'VALID') return none;
  const pads = getAttributeInts(node, 'pads') ?? none;
  return mode === 'NOTSET' && pads.length === none.length ? pads : undefined;
}
