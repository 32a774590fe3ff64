/** Estimates how long a batch takes, from measured runs. */
import { median } from '../metrics/quantile';
import type { SeededRandom } from '../seeded-random';

/** Measured runs of one batch size. */
export interface BatchTimes {
  readonly batch: number;
  readonly samplesMs: readonly number[];
}

/** Batches that are measured are made of so many samples, over and over. */
export const mostServedSamples = 32;

/** Longer waits are for those who ask for them. */
const longestUsualWaitMs = 5;
/** Runs that an answer may take. */
const runsOfTarget = 5;
/** The way through a network takes longer than shorter waits. */
const shortestTargetMs = 5;

/**
 * Suggests a wait and a target in ms that suit the model, if the user chose none. The wait for other requests is the
 * time of one sample, at most 5 ms. The target is five times the time of one sample, at least 5 ms. Both are rounded to 1, 2 or 5
 * times a power of ten.
 * @param measured at least one size with at least one run.
 */
export function suggestedWaits(measured: readonly BatchTimes[]): {
  readonly maxWaitMs: number;
  readonly targetMs: number;
} {
  const smallest = measured.reduce((least, one) => (one.batch < least.batch ? one : least));
  const runMs = median(smallest.samplesMs) / smallest.batch;
  return {
    maxWaitMs: Math.min(longestUsualWaitMs, roundNumber(runMs)),
    targetMs: Math.max(shortestTargetMs, roundNumber(runsOfTarget * runMs)),
  };
}

/** To the nearest of 1, 2 and 5 times a power of ten, by their ratio. */
function roundNumber(value: number): number {
  if (!(value > 0)) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const nearest = [1, 2, 5, 10].reduce((best, factor) =>
    Math.abs(Math.log((factor * power) / value)) < Math.abs(Math.log((best * power) / value)) ? factor : best,
  );
  // Through the decimal text, so that 2 × 0.01 is 0.02.
  return Number((nearest * power).toPrecision(1));
}

export interface ServiceTimes {
  /** The time of one run of so many together, in ms. `length`: that of the longest text among them, if the load has lengths. */
  drawMs(batch: number, random: SeededRandom, length?: number): number;
}

/**
 * Draws from the runs that were measured, never from their mean: a queue is made by the slow ones. Between two sizes that were
 * measured, the same quantile of both is interpolated; beyond the largest it grows in proportion.
 * @param measured at least one size with at least one run each.
 */
export function measuredServiceTimes(measured: readonly BatchTimes[]): ServiceTimes {
  const sizes = measured
    .map(({ batch, samplesMs }) => ({ batch, sorted: Float64Array.from(samplesMs).sort() }))
    .toSorted((a, b) => a.batch - b.batch);
  return {
    drawMs(batch, random) {
      const share = random.next();
      const at = ({ sorted }: (typeof sizes)[number]): number => sorted[Math.floor(share * sorted.length)]!;
      const above = sizes.findIndex((size) => size.batch >= batch);
      if (above === -1) {
        const largest = sizes.at(-1)!;
        return (at(largest) * batch) / largest.batch;
      }
      const upper = sizes[above]!;
      const lower = sizes[above - 1];
      if (upper.batch === batch || lower === undefined) return at(upper);
      const weight = (batch - lower.batch) / (upper.batch - lower.batch);
      return at(lower) + (at(upper) - at(lower)) * weight;
    },
  };
}
