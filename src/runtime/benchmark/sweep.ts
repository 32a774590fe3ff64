/** Measures a model over the values of a setting: where more of it stops paying, and what it costs. */
import { summarizeLatency } from '../../engine/metrics/latency-statistics';
import type { Progress } from '../../engine/progress';
import {
  axisRecord,
  type SweepAxis,
  type SweepPoint,
  type SweptSettings,
  type SweptValue,
} from '../../engine/profiling/sweep';
import { createSeededRandom } from '../../engine/seeded-random';
import type { ModelFiles } from '../models/model-files';
import { measureBatches } from '../serving/measure-batches';
import { describeFailure } from '../session/failure';
import type { SessionHost } from '../session/session-host';

export interface SweepRequest extends SweptSettings {
  readonly files: ModelFiles;
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
 * Times each value after the other, a session for each value and one for all batch sizes. A model whose batch is fixed is
 * not swept over batches. A value that cannot be measured gives a note. `onPoint` receives each point as soon as it is
 * measured. Rejects as sessions do if no value can be measured.
 */
export async function measureSweep(
  signal: AbortSignal,
  host: SessionHost,
  request: SweepRequest,
  { axis, values }: SweepAxis,
  onProgress: (progress: Progress) => void,
  onPoint: (point: SweepPoint) => void = () => undefined,
): Promise<SweepResult> {
  const points: SweepPoint[] = [];
  const add = (value: SweptValue, samples: number, samplesMs: readonly number[]): void => {
    points.push(pointOf(axis, value, samples, samplesMs));
    onPoint(points.at(-1)!);
  };
  const { settingsOf, ep = request.ep, wordsOf } = axisRecord(axis);
  if (settingsOf === undefined) {
    const asked = { ...request, batches: values.map(Number) };
    const { times, fixedBatch } = await measureBatches(signal, host, asked, onProgress);
    for (const { batch, samplesMs } of times) add(batch, batch, samplesMs);
    return { points, notes: fixedBatch === undefined ? [] : [fixedBatch] };
  }
  const notes: string[] = [];
  const failures: unknown[] = [];
  const { longestMs } = request;
  for (const [index, value] of values.entries()) {
    onProgress({ stage: `Timing ${wordsOf(value)}`, done: index, total: values.length });
    const asked = {
      ...request,
      ...settingsOf({ ...request, ep }, value),
      batches: [1],
      ...(longestMs && { longestMs: longestMs / values.length }),
    };
    try {
      const { times } = await measureBatches(signal, host, asked, () => undefined);
      add(value, 1, times[0]!.samplesMs);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
      notes.push(`${wordsOf(value)} was not measured: ${describeFailure(error, 'The model', ep)}`);
    }
  }
  if (points.length === 0) throw failures[0];
  onProgress({ stage: 'Done', done: values.length, total: values.length });
  return { points, notes };
}

function pointOf(axis: string, value: SweptValue, samples: number, samplesMs: readonly number[]): SweepPoint {
  const { medianMs, intervalMs } = summarizeLatency(samplesMs, createSeededRandom(1));
  const perSecond = (ms: number): number => (samples / ms) * 1000;
  return {
    axis,
    value,
    samplesPerSecond: perSecond(medianMs),
    interval: [perSecond(intervalMs[1]), perSecond(intervalMs[0])],
    medianMs,
    medianIntervalMs: [intervalMs[0], intervalMs[1]],
  };
}
