import { describe, expect, it } from 'vitest';
import { fitMinMax } from './fits/min-max';
import { packBits } from './packed-weights';
import { dequantize, fitGrid, levelsOf, roundToGrid, type GridForm } from './weight-grid';

const minMaxGrid = (values: Float32Array, rows: number, columns: number, form: GridForm) =>
  fitGrid(values, rows, columns, levelsOf(form), fitMinMax);

describe('fitMinMax and roundToGrid', () => {
  it('spreads the codes from the least to the largest value of each block, with zero on the grid', () => {
    const values = Float32Array.of(-1, 0.5, 2, 0, 3, 6);
    const grid = minMaxGrid(values, 1, 6, { bits: 4, symmetric: false, blockSize: 4 });
    expect(grid.blocks).toBe(2);
    expect([...grid.scales]).toEqual([Math.fround(3 / 15), Math.fround(6 / 15)]);
    expect([...grid.zeroPoints]).toEqual([5, 0]);
    const quantized = roundToGrid(values, grid);
    // 0.5 ÷ 0.2 and 3 ÷ 0.4 are halves, and go up.
    expect([...quantized.codes]).toEqual([0, 8, 15, 5, 8, 15]);
    const half = grid.scales.map((scale) => scale / 2);
    dequantize(quantized).forEach((value, at) =>
      expect(Math.abs(value - values[at]!)).toBeLessThanOrEqual(half[at < 4 ? 0 : 1]! * 1.0001),
    );
  });

  it('centers on zero when symmetric, and gives zeros any scale', () => {
    const grid = minMaxGrid(Float32Array.of(-2, 1, 0, 0), 2, 2, { bits: 8, symmetric: true, blockSize: 0 });
    expect([...grid.scales]).toEqual([Math.fround(2 / 127), 1]);
    expect([...grid.zeroPoints]).toEqual([128, 128]);
    expect([...roundToGrid(Float32Array.of(-2, 1, 0, 0), grid).codes]).toEqual([1, 192, 128, 128]);
  });
});

it('reaches the largest magnitude with a symmetric grid in blocks, whichever sign it has', () => {
  const values = Float32Array.of(-2, 1, 0, 3, 1, -1);
  const grid = minMaxGrid(values, 1, 6, { bits: 4, symmetric: true, blockSize: 3 });
  expect([...grid.scales]).toEqual([Math.fround(2 / 8), Math.fround(-3 / 8)]);
  expect([...roundToGrid(values, grid).codes]).toEqual([0, 12, 8, 0, 5, 11]);
});

it('packs codes into bytes, the first one low', () => {
  expect([...packBits(Uint8Array.of(1, 2, 15), 4)]).toEqual([0x21, 0x0f]);
  expect([...packBits(Uint8Array.of(0, 15), 4, 8)]).toEqual([0x78]);
  expect([...packBits(Uint8Array.of(1, 2, 3, 0, 3), 2)]).toEqual([0b00_11_10_01, 3]);
});
