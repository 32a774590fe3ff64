/** Throughput by batch size or by threads: where more of it stops paying. */
import type { FreeDimensions } from '../../engine/data/feeds';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { summarizeLatency } from '../../engine/metrics/latency-statistics';
import type { Progress } from '../../engine/progress';
import { createSeededRandom } from '../../engine/seeded-random';
import type { ModelFiles } from '../models/model-files';
import { measureBatches } from '../serving/measure-batches';
import type { SessionHost } from '../session/session-host';

export interface SweepAxis {
  readonly axis: 'batch' | 'threads';
  readonly values: readonly number[];
}

export interface SweepPoint {
  readonly axis: SweepAxis['axis'];
  readonly value: number;
  readonly samplesPerSecond: number;
  /** 95 %, from that of the median. */
  readonly interval: readonly [number, number];
  /** The median time of one run. */
  readonly medianMs: number;
}

export interface SweepRequest {
  readonly files: ModelFiles;
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  readonly seed: number;
  /** Wall-clock limit for each axis: see `measureBatches`. */
  readonly longestMs?: number;
}

export interface SweepResult {
  readonly points: readonly SweepPoint[];
  /** The reasons why an axis was not swept. */
  readonly notes: readonly string[];
}

/**
 * Times each value after the other, a session for each number of threads and one for all batch sizes. A model whose batch is
 * fixed is not swept over batches. Rejects as sessions do.
 */
export async function measureSweep(
  signal: AbortSignal,
  host: SessionHost,
  request: SweepRequest,
  axes: readonly SweepAxis[],
  onProgress: (progress: Progress) => void,
): Promise<SweepResult> {
  const points: SweepPoint[] = [];
  const notes: string[] = [];
  const total = axes.reduce((sum, { values }) => sum + values.length, 0);
  let done = 0;
  for (const { axis, values } of axes) {
    if (axis === 'batch') {
      const before = done;
      const measured = await measureBatches(signal, host, { ...request, batches: values }, (progress) =>
        onProgress({ ...progress, done: before + (progress.done / progress.total) * values.length, total }),
      );
      done += values.length;
      if (measured.fixedBatch !== undefined) notes.push(measured.fixedBatch);
      for (const { batch, samplesMs } of measured.times) points.push(pointOf(axis, batch, batch, samplesMs));
      continue;
    }
    const { longestMs } = request;
    for (const threads of values) {
      const asked = { ...request, threads, batches: [1], ...(longestMs && { longestMs: longestMs / values.length }) };
      const { times } = await measureBatches(signal, host, asked, () => undefined);
      points.push(pointOf(axis, threads, 1, times[0]!.samplesMs));
      onProgress({ stage: `Timing ${threads} threads`, done: ++done, total });
    }
  }
  return { points, notes };
}

function pointOf(axis: SweepAxis['axis'], value: number, samples: number, samplesMs: readonly number[]): SweepPoint {
  const { medianMs, intervalMs } = summarizeLatency(samplesMs, createSeededRandom(1));
  const perSecond = (ms: number): number => (samples / ms) * 1000;
  return {
    axis,
    value,
    samplesPerSecond: perSecond(medianMs),
    interval: [perSecond(intervalMs[1]), perSecond(intervalMs[0])],
    medianMs,
  };
}

/** A doubling that gains less than this share is no gain. */
const leastGain = 0.05;

/** The last value of an axis that still gained 5 % for each doubling; `undefined` if the first was best already. */
export function kneeOf(points: readonly SweepPoint[]): SweepPoint | undefined {
  const sorted = points.toSorted((a, b) => a.value - b.value);
  let knee = sorted[0];
  for (const point of sorted.slice(1)) {
    const doublings = Math.log2(point.value / knee!.value);
    if (point.samplesPerSecond < knee!.samplesPerSecond * (1 + leastGain) ** doublings) break;
    knee = point;
  }
  return knee;
}
