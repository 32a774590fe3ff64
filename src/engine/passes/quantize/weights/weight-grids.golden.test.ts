import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blockFits } from './fits/fit-registry';
import { dequantize, fitGrid, levelsOf, roundToGrid, type WeightBits } from './weight-grid';
import type { DataFreeMethod } from './weights-options';

/** A fixture that tools/golden/make-weight-grids.py wrote. */
interface Fixture {
  readonly rows: number;
  readonly columns: number;
  readonly blockSize: number;
  readonly values: readonly number[];
  readonly cases: readonly Case[];
}

interface Case {
  readonly method: DataFreeMethod;
  readonly bits: WeightBits;
  readonly symmetric: boolean;
  readonly codes: readonly number[];
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
}

const fixture = JSON.parse(readFileSync(new URL('fixtures/grids.json', import.meta.url), 'utf8')) as Fixture;
const { rows, columns, blockSize } = fixture;
const values = Float32Array.from(fixture.values);

const quantize = ({ method, bits, symmetric }: Omit<Case, 'codes' | 'scales' | 'zeroPoints'>) => {
  const levels = levelsOf({ bits, symmetric, blockSize });
  return roundToGrid(values, fitGrid(values, rows, columns, levels, blockFits[method]));
};

const nearest = fixture.cases.filter(({ method }) => method === 'rtn');
const searched = fixture.cases.filter(({ method }) => method !== 'rtn');
const title = ({ method, bits, symmetric }: Case) =>
  [`${method} in ${bits} bits${symmetric ? ', symmetric' : ''}`, { method, bits, symmetric }] as const;

/** Blocks of zeros have any scale: every code of theirs is the zero point. */
const isZero = (block: number): boolean =>
  values.subarray(block * blockSize, (block + 1) * blockSize).every((value) => value === 0);

/** The tool's k-quant clips weights of one sign, since its zero points cannot be negative; here the range holds zero. */
const isComparable = ({ method }: Case, block: number): boolean => {
  const part = values.subarray(block * blockSize, (block + 1) * blockSize);
  return (
    !isZero(block) && (method !== 'k-quant' || (part.some((value) => value < 0) && part.some((value) => value > 0)))
  );
};

describe('against ONNX Runtime’s kernels and formulas in NumPy', () => {
  it('has cases of every method, one of which is to nearest', () => {
    expect([nearest.length, searched.length]).toEqual([6, 4]);
    expect(new Set(fixture.cases.map(({ method }) => method))).toEqual(new Set(['rtn', 'k-quant', 'mse']));
  });

  it.each(nearest.map((entry) => [title(entry)[0], entry] as const))('%s: number for number', (_, wanted) => {
    const { grid, codes } = quantize(wanted);
    const blocks = wanted.scales.map((__, block) => block).filter((block) => !isZero(block));
    for (const block of blocks) {
      expect(grid.scales[block]).toBe(wanted.scales[block]);
      expect(grid.zeroPoints[block]).toBe(wanted.zeroPoints[block]);
      const own = [...codes.subarray(block * blockSize, (block + 1) * blockSize)];
      expect(own).toEqual(wanted.codes.slice(block * blockSize, (block + 1) * blockSize));
    }
    // All but the one of zeros.
    expect(blocks).toHaveLength(17);
  });

  it.each(searched.map((entry) => [title(entry)[0], entry] as const))('%s: the same grids', (_, wanted) => {
    const { grid, codes } = quantize(wanted);
    const blocks = wanted.scales.map((__, block) => block).filter((block) => isComparable(wanted, block));
    let differing = 0;
    for (const block of blocks) {
      expect(grid.scales[block]! / wanted.scales[block]!).toBeCloseTo(1, 5);
      expect(grid.zeroPoints[block]).toBe(wanted.zeroPoints[block]);
      for (let at = block * blockSize; at < (block + 1) * blockSize; at += 1) {
        const difference = Math.abs(codes[at]! - wanted.codes[at]!);
        expect(difference).toBeLessThanOrEqual(1);
        differing += difference;
      }
    }
    // Scales that differ in the last digit decide ties otherwise.
    expect(differing).toBeLessThan(codes.length / 100);
    expect(blocks.length).toBeGreaterThan(10);
  });

  it('leaves zeros zero, and makes less error than nearest with a search', () => {
    const error = (method: DataFreeMethod): number => {
      const quantized = dequantize(quantize({ method, bits: 4, symmetric: false }));
      return quantized.reduce((sum, value, at) => sum + ((value - values[at]!) / (at < 288 ? 1 : 1e3)) ** 2, 0);
    };
    expect(error('mse')).toBeLessThan(error('rtn') * 0.97);
    expect(error('mse')).toBeLessThanOrEqual(error('k-quant'));
    const zeros = dequantize(quantize({ method: 'mse', bits: 4, symmetric: false })).subarray(
      2 * columns + 32,
      2 * columns + 64,
    );
    expect(zeros.every((value) => value === 0)).toBe(true);
  });
});
