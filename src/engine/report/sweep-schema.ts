/** Models measured over the values of a setting, as a report holds them. */
import * as v from 'valibot';
import { count, interval, name, nonNegative, provider, text, upTo } from '../metrics/schema-parts';
import type { SweepPoint } from '../profiling/sweep';

export const mostSweeps = 128;
export const mostSweptValues = 32;
export const mostSweepNotes = 8;

export const sweepSchema = v.object({
  variant: name,
  /** `batch`, `threads`, `optimization`, `layout`, or the key of a free dimension. */
  axis: name,
  ep: provider,
  threads: count,
  /** The sizes that were the same at all values. */
  freeDimensions: v.record(name, count),
  /** ISO 8601, UTC. */
  measuredAt: v.pipe(v.string(), v.isoTimestamp()),
  points: upTo(
    v.object({
      value: v.union([v.pipe(count, v.minValue(1)), name]),
      samplesPerSecond: nonNegative,
      interval,
      medianMs: nonNegative,
      medianIntervalMs: interval,
      samples: count,
    }),
    mostSweptValues,
  ),
  /** The reasons why values are missing. */
  notes: v.optional(upTo(text, mostSweepNotes)),
});

export type ReportSweep = v.InferOutput<typeof sweepSchema>;

export function pointsOfSweep({ axis, points }: Pick<ReportSweep, 'axis' | 'points'>): readonly SweepPoint[] {
  return points.map((point) => ({ axis, ...point }));
}
