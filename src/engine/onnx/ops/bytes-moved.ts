/** What a node reads and writes. */
import { bitsPerElement } from '../data-type';
import type { Node } from '../graph';
import { addSizes, multiplySizes, productOfSizes, type Size } from '../size';
import type { InferredValue } from './operator';

/** Bytes of a value in memory, packed types rounded up to whole bytes; `null` while its type or a size is open. */
export function bytesOfValue({ elementType, shape }: InferredValue): Size {
  const bits = elementType === undefined ? undefined : bitsPerElement(elementType);
  if (bits === undefined || shape === undefined) return null;
  const bytes = multiplySizes(productOfSizes(shape), bits / 8);
  return typeof bytes === 'number' ? Math.ceil(bytes) : bytes;
}

/**
 * Bytes that one run of a node moves: every input once, however often the node reads it, weights among them, and every
 * output. What a runtime keeps in a cache or does in place is not taken off, and a Gather counts its whole table. A
 * Constant moves nothing, and Shape and Size read nothing. `null` while a type or a size is open.
 */
export function bytesMoved(
  node: Pick<Node, 'opType' | 'inputs' | 'outputs'>,
  inputs: readonly InferredValue[],
  outputs: readonly (InferredValue | undefined)[],
): Size {
  if (node.opType === 'Constant') return 0;
  const readsSizesOnly = node.opType === 'Shape' || node.opType === 'Size';
  const seen = new Set(['']);
  let total: Size = 0;
  for (const [index, name] of node.inputs.entries()) {
    if (seen.has(name) || readsSizesOnly) continue;
    seen.add(name);
    total = addSizes(total, bytesOfValue(inputs[index] ?? {}));
  }
  for (const [index, name] of node.outputs.entries()) {
    if (name !== '') total = addSizes(total, bytesOfValue(outputs[index] ?? {}));
  }
  return total;
}
