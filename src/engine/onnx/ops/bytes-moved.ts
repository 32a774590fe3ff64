/** Counts the bytes that a node reads and writes. */
import { bitsPerElement } from '../data-type';
import { countOfSizes } from '../size';
import type { BytesRule, InferredValue, NodeFacts } from './operator';

/** Bytes of a value in memory, packed types rounded up to whole bytes; `null` while its type or a size is open. */
export function bytesOfValue({ elementType, shape }: InferredValue): number | null {
  const bits = elementType === undefined ? undefined : bitsPerElement(elementType);
  if (bits === undefined || shape === undefined) return null;
  const count = countOfSizes(shape);
  return count === null ? null : Math.ceil((count * bits) / 8);
}

/**
 * Counts every input once, weights included, and every output. Caches and in-place operations of a runtime are not
 * considered, and a Gather counts its whole table.
 */
export const bytesReadAndWritten: BytesRule = (facts, outputs) => {
  const { inputs } = facts.node;
  const isFirst = (name: string, index: number) => name !== '' && inputs.indexOf(name) === index;
  return sumOfBytes([...facts.inputs.filter((_, index) => isFirst(inputs[index]!, index)), ...given(facts, outputs)]);
};

/** Every output, for operators that look at the shape of their input alone. */
export const bytesWritten: BytesRule = (facts, outputs) => sumOfBytes(given(facts, outputs));

function given({ node }: NodeFacts, outputs: readonly (InferredValue | undefined)[]): typeof outputs {
  return outputs.filter((_, index) => node.outputs[index] !== '');
}

function sumOfBytes(values: readonly (InferredValue | undefined)[]): number | null {
  let total = 0;
  for (const value of values) {
    const bytes = bytesOfValue(value ?? {});
    if (bytes === null) return null;
    total += bytes;
  }
  return total;
}
