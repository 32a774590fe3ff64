import { describe, expect, it } from 'vitest';
import { NormalSums } from '../../../linear-algebra/normal-sums';
import { createSeededRandom } from '../../../seeded-random';
import { lowest } from './row-mask';
import { sparsify } from './sparse-gpt';

const go = () => Promise.resolve();
const [rows, columns, samples] = [6, 140, 400];

/** Inputs that a few hidden numbers make: columns can stand for each other. One is always 0. */
async function problem() {
  const random = createSeededRandom(3);
  const mixing = Array.from({ length: columns * 12 }, () => random.next() - 0.5);
  const sums = new NormalSums(columns, 0);
  const seen: Float64Array[] = [];
  for (let first = 0; first < samples; first += sums.capacity) {
    const count = Math.min(sums.capacity, samples - first);
    for (let at = 0; at < count; at += 1) {
      const hidden = Array.from({ length: 12 }, () => random.next() - 0.5);
      const input = Float64Array.from({ length: columns }, (_, column) =>
        column === 5
          ? 0
          : hidden.reduce((sum, value, k) => sum + value * mixing[column * 12 + k]!, 0.05 * random.next()),
      );
      seen.push(input);
      input.forEach((value, column) => (sums.inputPanel[column * sums.capacity + at] = value));
    }
    await sums.addPanel(count, go);
  }
  const weights = Float64Array.from({ length: rows * columns }, () => random.next() - 0.5);
  const errorOf = (other: Float64Array): number => {
    let sum = 0;
    for (const input of seen) {
      for (let row = 0; row < rows; row += 1) {
        let error = 0;
        for (let column = 0; column < columns; column += 1) {
          error += (weights[row * columns + column]! - other[row * columns + column]!) * input[column]!;
        }
        sum += error * error;
      }
    }
    return sum;
  };
  return { sums, weights, errorOf };
}

describe('sparsify', () => {
  it('takes the share of each block of columns, and others make up for it', async () => {
    const { sums, weights, errorOf } = await problem();
    const sparse = weights.slice();
    expect(await sparsify(sparse, sums, { amount: 0.5, pattern: undefined }, go)).toBe(true);
    const zeros = sparse.filter((value) => value === 0).length;
    expect(zeros / sparse.length).toBeCloseTo(0.5, 1);
    const plain = weights.slice();
    for (const at of lowest(plain.map(Math.abs), zeros)) plain[at] = 0;
    expect(errorOf(sparse)).toBeLessThan(0.1 * errorOf(plain));
    // An input that is always 0 needs no weight.
    for (let row = 0; row < rows; row += 1) expect(sparse[row * columns + 5]).toBe(0);
  });

  it.each([columns, 35, 3])('leaves two of four neighbors, of which there are %i', async (inputs) => {
    const { sums, weights, errorOf } = await problem();
    const sparse = weights.slice();
    await sparsify(sparse, sums, { amount: 0, pattern: { zeros: 2, of: 4, inputs } }, go);
    for (let row = 0; row < rows; row += 1) {
      for (let tap = 0; tap < columns; tap += inputs) {
        const tapEnd = Math.min(columns, tap + inputs);
        for (let start = tap; start < tapEnd; start += 4) {
          const run = sparse.subarray(row * columns + start, row * columns + Math.min(tapEnd, start + 4));
          expect(run.filter((value) => value === 0).length).toBeGreaterThanOrEqual(Math.floor(run.length / 2));
        }
      }
    }
    expect(errorOf(sparse)).toBeLessThan(0.1 * errorOf(new Float64Array(sparse.length)));
  });
});
