import { describe, expect, it } from 'vitest';
import { packNibbles } from './packed-weights';
import { dequantize, minMaxGrid, roundToGrid } from './weight-grid';

describe('minMaxGrid and roundToGrid', () => {
  it('spreads the codes from the least to the largest value of each block, with zero on the grid', () => {
    const values = Float32Array.of(-1, 0.5, 2, 0, 3, 6);
    const grid = minMaxGrid(values, 1, 6, { bits: 4, symmetric: false, blockSize: 4 });
    expect(grid.blocks).toBe(2);
    expect([...grid.scales]).toEqual([Math.fround(3 / 15), Math.fround(6 / 15)]);
    expect([...grid.zeroPoints]).toEqual([5, 0]);
    const quantized = roundToGrid(values, grid);
    // 0.5 ÷ 0.2 and 3 ÷ 0.4 are a little under the half in float32.
    expect([...quantized.codes]).toEqual([0, 7, 15, 5, 7, 15]);
    const half = grid.scales.map((scale) => scale / 2);
    dequantize(quantized).forEach((value, at) =>
      expect(Math.abs(value - values[at]!)).toBeLessThanOrEqual(half[at < 4 ? 0 : 1]! * 1.0001),
    );
  });

  it('centres on zero when symmetric, and gives zeros any scale', () => {
    const grid = minMaxGrid(Float32Array.of(-2, 1, 0, 0), 2, 2, { bits: 8, symmetric: true, blockSize: 0 });
    expect([...grid.scales]).toEqual([Math.fround(2 / 127), 1]);
    expect([...grid.zeroPoints]).toEqual([128, 128]);
    expect([...roundToGrid(Float32Array.of(-2, 1, 0, 0), grid).codes]).toEqual([1, 192, 128, 128]);
  });
});

it('packs two codes in a byte, the first one low', () => {
  expect([...packNibbles(Uint8Array.of(1, 2, 15))]).toEqual([0x21, 0x0f]);
});
