import type { Feeds } from '../../engine/data/feeds';
import { feedsSizeBytes } from '../session/feeds-size';

const largestBatch = 64;
/** The limit for the inputs and outputs of a batch. Two batches are in memory at once. */
export const mostBatchBytes = 16 * 1024 * 1024;

/**
 * Samples per run for a free batch dimension: a power of two, at most 64. It depends on the sizes alone, so it is the
 * same on every host and in every evaluation. The outputs of a dynamically quantized model depend a little on which
 * samples are together. The inputs of a sample are those of all its steps.
 */
export function chooseBatch(steps: readonly Feeds[], outputs: Feeds): number {
  const bytes = Math.max(1, stepsSizeBytes(steps), feedsSizeBytes(outputs));
  const most = Math.min(largestBatch, Math.max(1, mostBatchBytes / bytes));
  return 2 ** Math.floor(Math.log2(most));
}

/** The bytes of all inputs of a sample. */
export function stepsSizeBytes(steps: readonly Feeds[]): number {
  return steps.reduce((sum, feeds) => sum + feedsSizeBytes(feeds), 0);
}
