import type { SeededRandom } from '../seeded-random';
import { atLeastAsWide, bootstrapMedianInterval } from './bootstrap';
import type { LatencyStatistics } from './cell';
import { meanOf } from './mean-interval';
import { medianAbsoluteDeviation, quantileOfSorted } from './quantile';

/**
 * Statistics of the steady state, in ms per run. Every sample counts: nothing is trimmed. The standard deviation is
 * that of a sample (divided by n − 1). `intervalMs` is the 95 % bootstrap interval of the median over single samples,
 * at least as wide as the clock's resolution for one run.
 */
export function summarizeLatency(
  samplesMs: readonly number[],
  random: SeededRandom,
  resolutionMs = 0,
): LatencyStatistics {
  const sorted = Float64Array.from(samplesMs).sort();
  const meanMs = meanOf(samplesMs);
  return {
    medianMs: quantileOfSorted(sorted, 0.5),
    meanMs,
    stdMs: standardDeviation(samplesMs, meanMs),
    minMs: sorted[0] ?? Number.NaN,
    p95Ms: quantileOfSorted(sorted, 0.95),
    p99Ms: quantileOfSorted(sorted, 0.99),
    madMs: medianAbsoluteDeviation(samplesMs),
    runs: samplesMs.length,
    intervalMs: atLeastAsWide(
      bootstrapMedianInterval(
        samplesMs.map((sample) => [sample]),
        random,
      ),
      resolutionMs,
    ),
  };
}

/** Standard deviation ÷ mean, as a fraction. 0 for fewer than two values. */
export function coefficientOfVariation(values: readonly number[]): number {
  const average = meanOf(values);
  return average === 0 || values.length < 2 ? 0 : standardDeviation(values, average) / average;
}

function standardDeviation(values: readonly number[], average: number): number {
  if (values.length < 2) return 0;
  let squares = 0;
  for (const value of values) squares += (value - average) * (value - average);
  return Math.sqrt(squares / (values.length - 1));
}
