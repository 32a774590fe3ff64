/** How long batches of a model take on this device: what the serving lab draws its service times from. */
import type { FreeDimensions } from '../../engine/data/feeds';
import { freeDimensionsOf, withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import type { Progress } from '../../engine/progress';
import type { BatchTimes } from '../../engine/serving/service-times';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';

export interface BatchesRequest {
  readonly files: ModelFiles;
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  /** Batch sizes to measure, such as 1, 2, 4, 8. */
  readonly batches: readonly number[];
  readonly seed: number;
}

export interface MeasuredBatches {
  readonly times: readonly BatchTimes[];
  /** Why larger batches cannot be run, where the model takes just one size. */
  readonly fixedBatch?: string;
}

const warmUpRuns = 3;
const fewestRuns = 10;
const mostRuns = 60;
const msPerBatch = 1_500;

/**
 * Times runs of each batch size in one session, after a warm-up, one after the other, until 60 runs or 1.5 s. A model whose batch
 * is fixed, and a provider that fixes it, is measured as it is. Rejects as sessions do.
 */
export async function measureBatches(
  signal: AbortSignal,
  host: SessionHost,
  request: BatchesRequest,
  onProgress: (progress: Progress) => void,
): Promise<MeasuredBatches> {
  const { files, ep, threads, freeDimensions, seed } = request;
  const session = await host.open(signal, { files, ep, threads, freeDimensions, profile: false });
  try {
    const { inputs } = session;
    const axes = freeDimensionsOf(inputs).filter(({ isBatch, key }) => isBatch && !Object.hasOwn(freeDimensions, key));
    const isFree = axes.length > 0 && !ep.startsWith('webnn');
    const batches = isFree ? request.batches : [1];
    const times: BatchTimes[] = [];
    for (const [index, batch] of batches.entries()) {
      const sized = { ...freeDimensions, ...Object.fromEntries(axes.map(({ key }) => [key, batch])) };
      await session.feed(createSyntheticFeeds(inputs, withSuggestedDimensions(inputs, sized), seed));
      for (let run = 0; run < warmUpRuns; run++) await session.time(1);
      const samplesMs: number[] = [];
      const startedMs = performance.now();
      while (
        samplesMs.length < mostRuns &&
        (samplesMs.length < fewestRuns || performance.now() - startedMs < msPerBatch)
      ) {
        signal.throwIfAborted();
        samplesMs.push(await session.time(1));
      }
      times.push({ batch, samplesMs });
      onProgress({ stage: `Timing batches of ${batch}`, done: index + 1, total: batches.length });
    }
    return {
      times,
      ...(!isFree && { fixedBatch: 'The batch size of this model is fixed, so requests are run one after the other.' }),
    };
  } finally {
    session.close();
  }
}

/** 1, 2, 4 … up to the largest batch, which is among them. */
export function batchSizesUpTo(largest: number): readonly number[] {
  const sizes: number[] = [];
  for (let size = 1; size < largest; size *= 2) sizes.push(size);
  return [...sizes, largest];
}
