import type { LatencyStatistics } from './cell';
import { meanOf } from './mean-interval';
import { intervalOfMedian } from './median-interval';
import { medianAbsoluteDeviation, quantileOfSorted } from './quantile';

/**
 * Statistics of the steady state, in ms per run. Every sample counts: nothing is trimmed. The standard deviation is
 * that of a sample (divided by n − 1). `intervalMs` is the 95 % interval of the median, at least as wide as the clock's
 * resolution for one run.
 * @param groupSize samples in a row that share a disturbance, as the two of a block.
 */
export function summarizeLatency(
  samplesMs: readonly number[],
  { resolutionMs = 0, groupSize = 1 }: { readonly resolutionMs?: number; readonly groupSize?: number } = {},
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
    intervalMs: intervalOfMedian(inGroups(samplesMs, groupSize), resolutionMs),
  };
}

function inGroups(values: readonly number[], size: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, group) =>
    values.slice(group * size, (group + 1) * size),
  );
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
