/** Measures a model at each value of a setting. */
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { summarizeLatency } from '../../engine/metrics/latency-statistics';
import type { Progress } from '../../engine/progress';
import {
  axisRecord,
  type SweepAxis,
  type SweepPoint,
  type SweptSettings,
  type SweptValue,
} from '../../engine/profiling/sweep';
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
  /** The provider and the threads that were used. Values of the axis `threads` replace the threads. */
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly points: readonly SweepPoint[];
  /** The reasons why an axis was not swept. */
  readonly notes: readonly string[];
}

/**
 * Times all batch sizes in turns in one session. Other settings have a session for each value: all values in order, then all
 * in reverse, so that a load that grows or shrinks does not look like an effect of the setting. The second pass ends when
 * the time is over. A model whose batch is fixed is not swept over batches. A value that cannot be measured gives a note.
 * `onPoint` receives each point after its first pass. Rejects as sessions do if no value can be measured.
 */
export async function measureSweep(
  signal: AbortSignal,
  host: SessionHost,
  request: SweepRequest,
  { axis, values }: SweepAxis,
  onProgress: (progress: Progress) => void,
  onPoint: (point: SweepPoint) => void = () => undefined,
): Promise<SweepResult> {
  const { settingsOf, ep = request.ep } = axisRecord(axis);
  const { threads } = request;
  if (settingsOf !== undefined) return measureValues(signal, host, request, { axis, values }, onProgress, onPoint);
  const asked = { ...request, batches: values.map(Number) };
  const { times, fixedBatch } = await measureBatches(signal, host, asked, onProgress);
  const points = times.map(({ batch, samplesMs }) => pointOf(axis, batch, batch, samplesMs));
  points.forEach(onPoint);
  return { ep, threads, points, notes: fixedBatch === undefined ? [] : [fixedBatch] };
}

const passes = 2;

async function measureValues(
  signal: AbortSignal,
  host: SessionHost,
  request: SweepRequest,
  { axis, values }: SweepAxis,
  onProgress: (progress: Progress) => void,
  onPoint: (point: SweepPoint) => void,
): Promise<SweepResult> {
  const { settingsOf, ep = request.ep, wordsOf } = axisRecord(axis);
  const samples = new Map<SweptValue, number[]>();
  const failures = new Map<SweptValue, unknown>();
  const { longestMs = Infinity } = request;
  const endMs = performance.now() + longestMs;
  const turns = [...values, ...values.toReversed()];
  for (const [turn, value] of turns.entries()) {
    onProgress({ stage: `Timing ${wordsOf(value)}`, done: turn, total: turns.length });
    const isRepeated = turn >= values.length;
    if (failures.has(value) || (isRepeated && performance.now() >= endMs)) continue;
    const settings = settingsOf!({ ...request, ep }, value);
    const asked = { ...request, ...settings, batches: [1], longestMs: longestMs / passes / values.length };
    try {
      const { times } = await measureBatches(signal, host, asked, () => undefined);
      const known = samples.get(value) ?? [];
      samples.set(value, [...known, ...times[0]!.samplesMs]);
      if (!isRepeated) onPoint(pointOf(axis, value, 1, times[0]!.samplesMs));
    } catch (error) {
      signal.throwIfAborted();
      failures.set(value, error);
    }
  }
  if (samples.size === 0) throw failures.get(values[0]!);
  onProgress({ stage: 'Done', done: turns.length, total: turns.length });
  return {
    ep,
    threads: request.threads,
    points: Array.from(samples, ([value, samplesMs]) => pointOf(axis, value, 1, samplesMs)),
    notes: Array.from(
      failures,
      ([value, error]) => `${wordsOf(value)} was not measured: ${describeFailure(error, 'The model', ep)}`,
    ),
  };
}

function pointOf(axis: string, value: SweptValue, batch: number, samplesMs: readonly number[]): SweepPoint {
  const { medianMs, intervalMs } = summarizeLatency(samplesMs);
  const perSecond = (ms: number): number => (batch / ms) * 1000;
  return {
    axis,
    value,
    samplesPerSecond: perSecond(medianMs),
    interval: [perSecond(intervalMs[1]), perSecond(intervalMs[0])],
    medianMs,
    medianIntervalMs: [intervalMs[0], intervalMs[1]],
    samples: samplesMs.length,
  };
}
