import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half-float';

/** Independent of the code under test: the nearest of all float16 values, found by search, ties to the even bits. */
function nearestHalf(value: number, table: Float32Array): number {
  const magnitude = Math.abs(value);
  // 65520 is half a step beyond the largest value; from there on the result is infinity (bits 0x7c00).
  if (magnitude >= 65520) return 0x7c00;
  let low = 0;
  let high = 0x7bff;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (table[middle]! <= magnitude) low = middle;
    else high = middle;
  }
  const below = magnitude - table[low]!;
  const above = table[high]! - magnitude;
  if (below === above) return low % 2 === 0 ? low : high;
  return below < above ? low : high;
}

describe('half floats', () => {
  const allBits = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const table = float16ToFloat32(allBits);

  it('gives the values of IEEE 754', () => {
    const value = (bits: number): number => table[bits]!;
    expect(value(0x3c00)).toBe(1);
    expect(value(0xc000)).toBe(-2);
    expect(value(0x7bff)).toBe(65504);
    expect(value(0x0001)).toBe(2 ** -24);
    expect(value(0x0400)).toBe(2 ** -14);
    expect(value(0x3555)).toBe(0.333251953125);
    expect(Object.is(value(0x8000), -0)).toBe(true);
    expect(value(0xfc00)).toBe(-Infinity);
    expect(value(0x7e01)).toBeNaN();
  });

  it('comes back to the same bits for every value', () => {
    const back = float32ToFloat16(table);
    const different = allBits.filter((bits) => back[bits] !== bits && !Number.isNaN(table[bits]));
    expect([...different]).toEqual([]);
    expect(
      [...allBits].filter((bits) => Number.isNaN(table[bits])).every((bits) => (back[bits]! & 0x7fff) > 0x7c00),
    ).toBe(true);
  });

  it('rounds to the nearest, ties to even, at and around every midpoint', () => {
    const values: number[] = [];
    for (let bits = 0; bits < 0x7c00; bits++) {
      const upper = bits === 0x7bff ? 65536 : table[bits + 1]!;
      const middle = Math.fround((table[bits]! + upper) / 2);
      values.push(middle, Math.fround(middle * (1 + 2 ** -22)), Math.fround(middle * (1 - 2 ** -22)), -middle);
    }
    const input = Float32Array.from(values);
    const rounded = float32ToFloat16(input);
    const wrong = values.filter((value, at) => (rounded[at]! & 0x7fff) !== nearestHalf(value, table));
    expect(wrong).toEqual([]);
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    const values = bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xbf81, 0x0001, 0x7f80, 0x7fc0));
    expect([...values]).toEqual([1, -(1 + 2 ** -7), 2 ** -133, Infinity, NaN]);
  });

  it('rounds float32 to the nearest, with ties to even', () => {
    const step = 2 ** -7;
    const given = [1 + step / 2, 1 + 1.5 * step, 1 + 0.6 * step, -1 - 0.4 * step, 3.4e38, Infinity, -NaN];
    const wanted = [1, 1 + 2 * step, 1 + step, -1, Infinity, Infinity, NaN];
    expect([...bfloat16ToFloat32(float32ToBfloat16(Float32Array.from(given)))]).toEqual(wanted);
  });
});
