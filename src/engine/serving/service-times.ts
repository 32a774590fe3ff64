/** How long a batch takes, from measured runs. */
import type { SeededRandom } from '../seeded-random';

/** Measured runs of one batch size. */
export interface BatchTimes {
  readonly batch: number;
  readonly samplesMs: readonly number[];
}

/** Batches that are measured are made of so many samples, over and over. */
export const mostServedSamples = 32;

export interface ServiceTimes {
  /** The time of one run of so many together, in ms. */
  drawMs(batch: number, random: SeededRandom): number;
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
