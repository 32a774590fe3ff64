import { describe, expect, it } from 'vitest';
import { MemorySource } from './byte-source';
import { DataType } from './data-type';
import { fingerprintOf, hasSameElements } from './same-elements';
import { createTensor } from './tensor';
import { floatTensor } from './testing/build';

const bytes = (length: number, last: number) => {
  const filled = new Uint8Array(length);
  filled[length - 1] = last;
  return createTensor({ dataType: DataType.uint8, dims: [length], bytes: filled });
};
const texts = (...words: readonly string[]) => ({
  dims: [BigInt(words.length)],
  dataType: DataType.string,
  stringData: words.map((word) => new TextEncoder().encode(word)),
});

describe('fingerprintOf', () => {
  it('is the same for the same elements, however they are stored', () => {
    const typed = { dims: [2n], dataType: DataType.float32, floatData: Float32Array.of(1, 2) };
    expect(fingerprintOf(typed)).toBe(fingerprintOf(floatTensor('', [2], [1, 2])));
  });

  it('tells shapes and first elements apart', () => {
    const of = (dims: number[], values: number[]) => fingerprintOf(floatTensor('', dims, values));
    expect(new Set([of([2], [1, 2]), of([1, 2], [1, 2]), of([2], [2, 1])]).size).toBe(3);
  });
});

describe('hasSameElements', () => {
  it.each([1, 4095, 4096, 4097, 4096 + 4 * 1024 * 1024, 9_000_000])('compares %i bytes to the last', (length) => {
    expect(hasSameElements(bytes(length, 1), bytes(length, 1))).toBe(true);
    expect(hasSameElements(bytes(length, 1), bytes(length, 2))).toBe(false);
  });

  it('compares raw data with typed data, bit by bit', () => {
    const typed = { dims: [2n], dataType: DataType.float32, floatData: Float32Array.of(1, NaN) };
    expect(hasSameElements(typed, floatTensor('', [2], [1, NaN]))).toBe(true);
    expect(hasSameElements(floatTensor('', [1], [0]), floatTensor('', [1], [-0]))).toBe(false);
  });

  it('compares texts', () => {
    expect(hasSameElements(texts('a', 'b'), texts('a', 'b'))).toBe(true);
    expect(hasSameElements(texts('a', 'b'), texts('a', 'c'))).toBe(false);
    expect(hasSameElements(texts('a'), texts('a', 'b'))).toBe(false);
  });

  it('does not read an identical source', () => {
    const source = new MemorySource(new Uint8Array(8));
    source.read = () => {
      throw new Error('read');
    };
    const tensor = { dims: [8n], dataType: DataType.uint8, rawData: source };
    expect(hasSameElements({ ...tensor, name: 'a' }, { ...tensor, name: 'b' })).toBe(true);
  });
});
