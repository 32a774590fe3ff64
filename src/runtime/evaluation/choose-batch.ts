import type { Feeds } from '../../engine/data/feeds';
import { feedsSizeBytes } from '../feeds-size';

const largestBatch = 64;
/** What goes into a run, and what comes out, is kept under this. Two batches are in memory at once. */
const mostBytes = 16 * 1024 * 1024;

/**
 * Samples per run for a free batch dimension: a power of two, at most 64. It depends on the sizes alone, so it is the
 * same on every host and in every evaluation: of a model that quantizes its activations while it runs, the outputs
 * depend a little on which samples are together.
 */
export function chooseBatch(inputs: Feeds, outputs: Feeds): number {
  const bytes = Math.max(1, feedsSizeBytes(inputs), feedsSizeBytes(outputs));
  const fitting = Math.min(largestBatch, Math.max(1, mostBytes / bytes));
  return 2 ** Math.floor(Math.log2(fitting));
}
