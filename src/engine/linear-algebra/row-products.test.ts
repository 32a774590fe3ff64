import { expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import type { Rows } from './packed-products';
import { addRowProducts, addScaledRows } from './row-products';

const random = createSeededRandom(2);
const rowsOf = (count: number, length: number, gap: number): Rows => {
  const stride = length + gap;
  return {
    data: Float64Array.from({ length: 5 + count * stride }, () => random.next() - 0.5),
    offset: 5,
    stride,
    count,
  };
};
const at = ({ data, offset, stride }: Rows, row: number, column: number): number =>
  data[offset + row * stride + column]!;

/** The sizes include few rows, many, more than stay in the cache, and counts that fill neither blocks nor vectors. */
const sizes = [
  [5, 7, 9],
  [24, 24, 32],
  [25, 40, 33],
  [64, 29, 101],
  [25, 400, 101],
] as const;

it.each(sizes)('multiplies %i with %i rows of %i numbers', (left, right, length) => {
  const [a, b, target] = [rowsOf(left, length, 3), rowsOf(right, length, 2), rowsOf(left, right, 4)];
  const before = target.data.slice();
  addRowProducts(target, a, b, length, -2);
  for (let i = 0; i < left; i += 1) {
    for (let j = 0; j < right; j += 1) {
      let sum = 0;
      for (let k = 0; k < length; k += 1) sum += at(a, i, k) * at(b, j, k);
      expect(at(target, i, j)).toBeCloseTo(at({ ...target, data: before }, i, j) - 2 * sum, 11);
    }
    // The numbers between the rows must stay.
    expect(at(target, i, right)).toBe(at({ ...target, data: before }, i, right));
  }
});

it.each(sizes)('adds to %i rows of %i numbers %i scaled rows', (left, length, count) => {
  const [weights, rows, target] = [rowsOf(left, count, 1), rowsOf(count, length, 2), rowsOf(left, length, 3)];
  const before = target.data.slice();
  addScaledRows(target, weights, rows, length, 0.5);
  for (let i = 0; i < left; i += 1) {
    for (let j = 0; j < length; j += 1) {
      let sum = 0;
      for (let k = 0; k < count; k += 1) sum += at(weights, i, k) * at(rows, k, j);
      expect(at(target, i, j)).toBeCloseTo(at({ ...target, data: before }, i, j) + 0.5 * sum, 11);
    }
    expect(at(target, i, length)).toBe(at({ ...target, data: before }, i, length));
  }
});
