/** What a node reads and writes. */
import { bitsPerElement } from '../data-type';
import type { Node, ValueName } from '../graph';
import { countOfSizes } from '../size';
import type { InferredValue } from './operator';

/** Bytes of a value in memory, packed types rounded up to whole bytes; `null` while its type or a size is open. */
export function bytesOfValue({ elementType, shape }: InferredValue): number | null {
  const bits = elementType === undefined ? undefined : bitsPerElement(elementType);
  if (bits === undefined || shape === undefined) return null;
  const count = countOfSizes(shape);
  return count === null ? null : Math.ceil((count * bits) / 8);
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
): number | null {
  if (node.opType === 'Constant') return 0;
  const readsSizesOnly = node.opType === 'Shape' || node.opType === 'Size';
  const read = readsSizesOnly ? [] : inputs.filter((_, index) => isFirst(node.inputs, index));
  const moved = [...read, ...outputs.filter((_, index) => node.outputs[index] !== '')];
  let total = 0;
  for (const value of moved) {
    const bytes = bytesOfValue(value ?? {});
    if (bytes === null) return null;
    total += bytes;
  }
  return total;
}

function isFirst(names: readonly ValueName[], index: number): boolean {
  return names[index] !== '' && names.indexOf(names[index]!) === index;
}
