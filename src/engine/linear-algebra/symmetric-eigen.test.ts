import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { decomposeSymmetric, type SymmetricEigen } from './symmetric-eigen';

const go = () => Promise.resolve();

/** Σ over `rank` random vectors of ± v·vᵀ. */
function randomSymmetric(size: number, rank: number, seed: number): Float64Array {
  const random = createSeededRandom(seed);
  const matrix = new Float64Array(size * size);
  for (let part = 0; part < rank; part += 1) {
    const vector = Array.from({ length: size }, () => random.next() - 0.5);
    const sign = random.next() < 0.3 ? -1 : 1;
    for (let at = 0; at < size * size; at += 1) {
      matrix[at]! += sign * vector[Math.floor(at / size)]! * vector[at % size]!;
    }
  }
  return matrix;
}

function largestDifference(size: number, expected: (row: number, column: number) => number, found: typeof expected) {
  let most = 0;
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      most = Math.max(most, Math.abs(expected(row, column) - found(row, column)));
    }
  }
  return most;
}

function expectEigen(matrix: Float64Array, size: number, { values, vectors }: SymmetricEigen): void {
  const scale = Math.max(1e-300, ...matrix.map(Math.abs));
  const sum = (terms: (k: number) => number): number => {
    let total = 0;
    for (let k = 0; k < size; k += 1) total += terms(k);
    return total;
  };
  const product = (row: number, column: number) => sum((k) => vectors[row * size + k]! * vectors[column * size + k]!);
  expect(largestDifference(size, (row, column) => Number(row === column), product)).toBeLessThan(1e-13 * (size + 8));
  const made = (row: number, column: number) =>
    sum((k) => values[k]! * vectors[k * size + row]! * vectors[k * size + column]!);
  const given = (row: number, column: number) => matrix[row * size + column]!;
  expect(largestDifference(size, given, made)).toBeLessThan(1e-13 * (size + 8) * scale);
  expect([...values]).toEqual([...values].toSorted((a, b) => b - a));
}

describe('decomposeSymmetric', () => {
  it('returns orthogonal vectors that reproduce the matrix at any rank', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 2, 3, 7, 33, 80), fc.nat(), fc.nat(100), async (size, seed, rank) => {
        const matrix = randomSymmetric(size, rank, seed);
        expectEigen(matrix, size, (await decomposeSymmetric(matrix, size, go))!);
      }),
      { numRuns: 40 },
    );
  });

  it('takes diagonal matrices, equal values, tiny and huge numbers, and reads only the lower triangle', async () => {
    for (const scale of [1, 1e-200, 1e150]) {
      const diagonal = Float64Array.from({ length: 25 }, (_, at) => (at % 6 === 0 ? (at % 4) * scale : 0));
      expectEigen(diagonal, 5, (await decomposeSymmetric(diagonal, 5, go))!);
      const matrix = randomSymmetric(9, 9, 4).map((value) => value * scale);
      const lower = matrix.map((value, at) => (at % 9 <= Math.floor(at / 9) ? value : NaN));
      expectEigen(matrix, 9, (await decomposeSymmetric(lower, 9, go))!);
    }
    expect((await decomposeSymmetric(new Float64Array(0), 0, go))!.values).toHaveLength(0);
  });

  it('finds known values', async () => {
    const { values } = (await decomposeSymmetric(Float64Array.of(2, 1, 0, 1, 2, 1, 0, 1, 2), 3, go))!;
    [2 + Math.SQRT2, 2, 2 - Math.SQRT2].forEach((value, at) => expect(values[at]).toBeCloseTo(value, 14));
  });

  it('returns null for values that are not finite', async () => {
    expect(await decomposeSymmetric(Float64Array.of(1, NaN, NaN, 1), 2, go)).toBeNull();
    expect(await decomposeSymmetric(Float64Array.of(Infinity), 1, go)).toBeNull();
  });

  it('ends when it is canceled', async () => {
    const stop = () => Promise.reject(new Error('stop'));
    await expect(decomposeSymmetric(randomSymmetric(40, 40, 1), 40, stop)).rejects.toThrow('stop');
  });
});
