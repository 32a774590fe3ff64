/** Recognizes nodes that WebGPU computes wrongly without an error. */
import type { Node } from '../../graph';
import { getAttributeInt, isDefaultDomain } from '../../traverse';
import type { SymbolicShape } from '../operator';

/**
 * Measured with onnxruntime-web 1.30 (`predicted-placement.browser.test.ts`): a ConvTranspose in groups that each make one channel out of
 * an even number of them.
 *
 * @param shapes of the inputs, as far as they are known.
 */
export function isWrongOnWebgpu(node: Node, shapes: readonly (SymbolicShape | undefined)[]): boolean {
  if (node.opType !== 'ConvTranspose' || !isDefaultDomain(node.domain)) return false;
  const group = getAttributeInt(node, 'group') ?? 1;
  const [channels, ofGroup] = shapes[1] ?? [];
  return group > 1 && ofGroup === 1 && typeof channels === 'number' && (channels / group) % 2 === 0;
}
