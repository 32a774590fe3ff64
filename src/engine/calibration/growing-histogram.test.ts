import { expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { GrowingHistogram } from './growing-histogram';

const largestOf = (values: readonly number[]): number =>
  Math.max(0, ...values.map((value) => Math.abs(Math.fround(value))).filter(Number.isFinite));

/** All middles and counts, in order. */
function binsOf(...parts: readonly (readonly number[])[]): readonly (readonly [number, number])[] {
  const histogram = new GrowingHistogram();
  for (const part of parts) {
    const values = Float32Array.from(part);
    const finite = values.filter(Number.isFinite);
    histogram.add(values, Math.min(...finite), Math.max(...finite));
  }
  const bins: (readonly [number, number])[] = [];
  histogram.forEach((middle, count) => bins.push([middle, count]));
  return bins;
}

it('is independent of the order of values and exact to 1/4,096 at the maximum', () => {
  const random = createSeededRandom(3);
  const values = Array.from({ length: 300 }, (_, at) => (random.next() - 0.4) * 1.7 ** (at / 10));
  const sorted = values.toSorted((a, b) => Math.abs(a) - Math.abs(b));
  const bins = binsOf(...sorted.map((value) => [value]));
  expect(bins).toEqual(binsOf(sorted.toReversed()));
  expect(bins.reduce((sum, [, count]) => sum + count, 0)).toBe(300);
  expect(bins.map(([middle]) => middle)).toEqual(bins.map(([middle]) => middle).toSorted((a, b) => a - b));
  const largest = largestOf(values);
  for (const value of values) {
    expect(Math.min(...bins.map(([middle]) => Math.abs(middle - value)))).toBeLessThanOrEqual(largest / 4096);
  }
});

it('takes zeros, nothing at all, and the ends of float32', () => {
  expect(binsOf([0, 0], [])).toEqual([[0, 2]]);
  const far = [3.4e38, -3.4e38, 1e-45, 0, NaN, Infinity];
  expect(binsOf([1e-45], far).map(([, count]) => count)).toEqual([1, 1, 2, 1]);
});

it('sorts counts into other bins', () => {
  const histogram = new GrowingHistogram();
  histogram.add(Float32Array.of(-1, 0, 0.4, 0.6, 3), -1, 3);
  expect([...histogram.between([-1, 0, 0.5, 1])]).toEqual([1, 2, 2]);
});
