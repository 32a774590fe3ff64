import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { factorCholesky, solveCholesky, upperFactorOfInverse } from './cholesky';

const go = () => Promise.resolve();

/** A random matrix M·Mᵀ + I, positive definite. */
function randomDefinite(size: number, seed: number): Float64Array {
  const random = createSeededRandom(seed);
  const factor = Float64Array.from({ length: size * size }, () => random.next() - 0.5);
  const matrix = multiply(factor, transpose(factor, size), size);
  for (let at = 0; at < size; at += 1) matrix[at * size + at]! += 1;
  return matrix;
}

function transpose(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % size) * size + Math.floor(at / size)]!);
}

function multiply(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const product = new Float64Array((left.length / size) * size);
  for (let row = 0; row < left.length / size; row += 1) {
    for (let k = 0; k < size; k += 1) {
      for (let column = 0; column < size; column += 1) {
        product[row * size + column]! += left[row * size + k]! * right[k * size + column]!;
      }
    }
  }
  return product;
}

function lowerPart(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((value, at) => (at % size <= Math.floor(at / size) ? value : 0));
}

function largestDifference(left: Float64Array, right: Float64Array): number {
  return left.reduce((most, value, at) => Math.max(most, Math.abs(value - right[at]!)), 0);
}

// Sizes around those of a block.
const sizes = fc.constantFrom(1, 2, 3, 17, 63, 64, 65, 127, 128, 129, 131);

describe('factorCholesky', () => {
  async function checkFactor(size: number, seed: number, count: number): Promise<void> {
    const matrix = randomDefinite(size, seed);
    const factor = matrix.slice();
    expect(await factorCholesky(factor, size, go)).toBe(true);
    const lower = lowerPart(factor, size);
    expect(largestDifference(multiply(lower, transpose(lower, size), size), matrix)).toBeLessThan(1e-11);

    const random = createSeededRandom(seed + 1);
    const wanted = Float64Array.from({ length: count * size }, () => random.next() - 0.5);
    const rows = multiply(wanted, matrix, size);
    await solveCholesky(factor, size, rows, count, go);
    expect(largestDifference(rows, wanted)).toBeLessThan(1e-9);
  }

  it('gives the factor whose product with itself is the matrix, and solves for rows', async () => {
    await fc.assert(fc.asyncProperty(sizes, fc.nat(), fc.integer({ min: 1, max: 5 }), checkFactor), { numRuns: 20 });
  });

  it('does so for as many rows as are solved together by the inverse of a triangle', () => checkFactor(259, 1, 131));

  it('reads nothing above the diagonal', async () => {
    const factor = Float64Array.of(4, NaN, 2, 5);
    expect(await factorCholesky(factor, 2, go)).toBe(true);
    expect(factor).toEqual(Float64Array.of(2, NaN, 1, 2));
  });

  it('says when a matrix is not positive definite', async () => {
    expect(await factorCholesky(Float64Array.of(1, 2, 2, 1), 2, go)).toBe(false);
    expect(await factorCholesky(Float64Array.of(0), 1, go)).toBe(false);
    expect(await factorCholesky(Float64Array.of(NaN), 1, go)).toBe(false);
    expect(await upperFactorOfInverse(Float64Array.of(1, 2, 2, 1), 2, go)).toBeNull();
  });

  it('stops when the checkpoint rejects', async () => {
    const stop = () => Promise.reject(new Error('stopped'));
    await expect(factorCholesky(randomDefinite(3, 1), 3, stop)).rejects.toThrow('stopped');
  });
});

describe('upperFactorOfInverse', () => {
  it('gives U with Uᵀ·U = the inverse', async () => {
    for (const size of [1, 5, 64, 100, 201]) {
      const matrix = randomDefinite(size, size);
      const upper = (await upperFactorOfInverse(matrix, size, go))!;
      expect(lowerPart(transpose(upper, size), size)).toEqual(transpose(upper, size));
      const identity = multiply(multiply(transpose(upper, size), upper, size), matrix, size);
      for (let at = 0; at < size; at += 1) identity[at * size + at]! -= 1;
      expect(largestDifference(identity, new Float64Array(size * size))).toBeLessThan(1e-11);
    }
  });
});
