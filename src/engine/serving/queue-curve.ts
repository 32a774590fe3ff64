/** Computes the number of waiting requests over the time of a run. */
import type { RunTrace } from './dispatcher';

export interface QueuePoint {
  /** Middle of the stretch of time that the point stands for. */
  readonly atMs: number;
  /** The most that waited at any moment of it. */
  readonly waiting: number;
}

/**
 * Returns the longest queue in each of `stretches` equal parts of `durationMs`. Requests that ran at once, or were
 * answered from the cache, did not wait.
 */
export function queueCurve({ requests }: RunTrace, durationMs: number, stretches: number): readonly QueuePoint[] {
  const waited = requests.filter(({ end, scheduledMs, startedMs }) => isQueued(end) && startedMs > scheduledMs);
  const came = Float64Array.from(waited, ({ scheduledMs }) => scheduledMs).sort();
  const left = Float64Array.from(waited, ({ startedMs }) => startedMs).sort();
  const points: QueuePoint[] = [];
  let [arrivals, departures] = [0, 0];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const endMs = ((stretch + 1) / stretches) * durationMs;
    let most = arrivals - departures;
    while (arrivals < came.length && came[arrivals]! < endMs) {
      while (departures < left.length && left[departures]! <= came[arrivals]!) departures++;
      arrivals++;
      most = Math.max(most, arrivals - departures);
    }
    while (departures < left.length && left[departures]! < endMs) departures++;
    points.push({ atMs: ((stretch + 0.5) / stretches) * durationMs, waiting: most });
  }
  return points;
}

function isQueued(end: RunTrace['requests'][number]['end']): boolean {
  return end === 'served' || end === 'timed-out';
}
