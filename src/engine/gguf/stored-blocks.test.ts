/** Blocks of GGUF files as operators read them, against the values that the reader of the type gives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asFloat32 } from '../onnx/byte-views';
import { MemorySource } from '../onnx/byte-source';
import { storedBlocks, storedBlockSize } from './stored-blocks';
import { ggufType } from './tensor-types';

const [rows, columns] = [6, 64];
const types = [2, 3, 8].map((code) => ggufType(code)!);
/** Scales of float16 between 0 and 2, and any integers. */
const byte = fc.nat(255);

describe('storedBlocks', () => {
  it.each(types)('gives the values of the file: $name', (type) => {
    const sizeBytes = (rows * columns * type.blockBytes) / storedBlockSize;
    fc.assert(
      fc.property(fc.array(byte, { minLength: sizeBytes, maxLength: sizeBytes }), fc.boolean(), (bytes, isReversed) => {
        const stored = Uint8Array.from(bytes);
        for (let at = 0; at < sizeBytes; at += type.blockBytes) {
          stored[at + 1]! &= 0x3f;
          if (type.name === 'Q4_1') stored[at + 3]! &= 0xbf;
          if (at % 3 === 0) stored.fill(0, at, at + 2);
        }
        const rowOf = isReversed ? (row: number) => rows - 1 - row : undefined;
        const blocks = storedBlocks({ type, dims: [rows, columns], source: new MemorySource(stored) }, rowOf)!;
        const whole = type.read(stored);
        const expected = Array.from({ length: rows }, (_, row) => {
          const from = (rowOf?.(row) ?? row) * columns;
          return [...whole.subarray(from, from + columns)];
        }).flat();
        const values = dequantized(blocks);
        for (const [index, value] of expected.entries()) {
          expect(Math.abs(values[index]! - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('reads any part of the codes alike', () => {
    const type = ggufType(8)!;
    const stored = Uint8Array.from({ length: (rows * columns * type.blockBytes) / 32 }, (_, at) => (at * 37) % 251);
    const { codes } = storedBlocks({ type, dims: [rows, columns], source: new MemorySource(stored) })!;
    const whole = codes.read();
    for (const [start, end] of [
      [0, 1],
      [63, 65],
      [100, 384],
      [383, 384],
    ] as const) {
      expect([...codes.read(start, end)]).toEqual([...whole.subarray(start, end)]);
    }
  });

  it('has no form for other types', () => {
    const type = ggufType(14)!;
    expect(storedBlocks({ type, dims: [1, 256], source: new MemorySource(new Uint8Array(210)) })).toBeUndefined();
  });
});

/** (code − zero point) · scale (ONNX Runtime, MatMulNBits) */
function dequantized({ bits, codes, scales, zeroPoints }: NonNullable<ReturnType<typeof storedBlocks>>): number[] {
  const bytes = codes.read();
  const scaleOf = asFloat32(scales.read());
  const zeroPointOf = zeroPoints && asFloat32(zeroPoints.read());
  return Array.from({ length: rows * columns }, (_, index) => {
    const code = bits === 8 ? bytes[index]! : (bytes[index >> 1]! >> (4 * (index & 1))) & 15;
    const block = Math.floor(index / storedBlockSize);
    return (code - (zeroPointOf?.[block] ?? 2 ** (bits - 1))) * scaleOf[block]!;
  });
}
