import type { SeededRandom } from '../seeded-random';
import { quantileOfSorted } from './quantile';

const resamples = 1000;
const confidence = 0.95;

/**
 * 95 % percentile bootstrap interval of the median, from 1000 resamples (Efron and Tibshirani, "An Introduction to the
 * Bootstrap", 1993, §13.3). Whole groups are drawn with replacement, so values that belong together (the pairs of one
 * block) stay together; for independent values make groups of one. It holds the median of the values. The groups are of one size. Unit: that of the values.
 */
export function bootstrapMedianInterval(
  groups: readonly (readonly number[])[],
  random: SeededRandom,
): readonly [number, number] {
  const values = groups.flat();
  if (values.length === 0) return [Number.NaN, Number.NaN];
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const sorted = Float64Array.from(order, (index) => values[index]!);
  const ranks = new Uint32Array(values.length);
  order.forEach((index, rank) => (ranks[index] = rank));

  const groupSize = groups[0]!.length;
  const counts = new Uint32Array(values.length);
  const medians = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0);
    for (let draw = 0; draw < groups.length; draw++) {
      const start = Math.floor(random.next() * groups.length) * groupSize;
      for (let offset = 0; offset < groupSize; offset++) counts[ranks[start + offset]!]!++;
    }
    medians[resample] = medianOfCounts(sorted, counts);
  }
  medians.sort();
  const tail = (1 - confidence) / 2;
  // If the values are few and have two modes, nearly all resamples may lie on one side of the median itself.
  const center = quantileOfSorted(sorted, 0.5);
  const [low, high] = [quantileOfSorted(medians, tail), quantileOfSorted(medians, 1 - tail)];
  return [Math.min(low, center), Math.max(high, center)];
}

/**
 * An interval that is no narrower than the resolution of the clock, around the same middle. Times in ms.
 * @param resolutionMs of one run: a step of the clock ÷ the runs that were timed together.
 */
export function atLeastAsWide([low, high]: readonly [number, number], resolutionMs: number): readonly [number, number] {
  if (!(high - low < resolutionMs)) return [low, high];
  const middle = (low + high) / 2;
  const start = Math.max(0, middle - resolutionMs / 2);
  return [start, start + resolutionMs];
}

/** The median of a sample given as how often each of the sorted values is in it: no sorting per resample. */
function medianOfCounts(sorted: Float64Array, counts: Uint32Array): number {
  const size = sorted.length;
  const lowerRank = (size - 1) >> 1;
  const upperRank = size >> 1;
  let seen = 0;
  let lower = 0;
  for (let rank = 0; rank < size; rank++) {
    const before = seen;
    seen += counts[rank]!;
    if (before <= lowerRank && lowerRank < seen) lower = sorted[rank]!;
    if (upperRank < seen) return (lower + sorted[rank]!) / 2;
  }
  return lower;
}
