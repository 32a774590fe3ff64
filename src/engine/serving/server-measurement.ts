/** The JSON document of `pareto measure-server`, and its summary in one sentence. */
import * as v from 'valibot';
import { formatDuration, formatPercent, formatRate } from '../format';
import { count, name, nonNegative, share, text, upTo } from '../metrics/schema-parts';
import { median, quantileOfSorted } from '../metrics/quantile';
import { formatClaim } from './describe-serving';
import { scenarioNames, scenarioResultSchema } from './load-scenarios';
import type { BatchTimes } from './service-times';
import type { ServedTimes } from './text-lengths';

/** `null`: too few requests to claim one. */
export const percentilesSchema = v.object({
  p50: v.nullable(nonNegative),
  p95: v.nullable(nonNegative),
  p99: v.nullable(nonNegative),
});

const mostRates = 100;
const mostSizes = 64;
/** Times that a list of a document holds. */
export const mostSamples = 1000;
const mostThreadCounts = 16;
const mostLengths = 16;

const batchTimesSchema = upTo(v.object({ batch: count, samplesMs: upTo(nonNegative, mostSamples) }), mostSizes);

const ratePointSchema = v.object({
  /** The rate that was asked for; requests come by a Poisson schedule that waits for no answer. */
  perSecond: nonNegative,
  durationS: nonNegative,
  /** Requests that were sent. */
  requests: count,
  /** Answers with status 200 per second, until the last answer. */
  servedPerSecond: nonNegative,
  /** Requests by status; `0`: no answer. */
  statuses: v.record(v.string(), count),
  /** From when a request was due to its answer, of those with status 200. */
  answeredMs: percentilesSchema,
  withinTarget: share,
  /** Delay of sending, which the client itself adds: 99th percentile. */
  lateMs: nonNegative,
});

export const serverMeasurementSchema = v.object({
  model: name,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  server: v.object({
    python: text,
    onnxruntime: text,
    machine: text,
    cores: count,
    /** Threads of ONNX Runtime; 0: one for each core. */
    threads: count,
    maxBatch: count,
    /** Batches that run in parallel. Absent: one. */
    instances: v.optional(count),
    maxWaitMs: nonNegative,
    timeoutMs: nonNegative,
    /** The most memory that the server process had; `null` if the system does not say. */
    peakMemoryBytes: v.nullable(nonNegative),
  }),
  targetMs: nonNegative,
  seed: count,
  inputs: v.object({ kind: v.picklist(['data', 'synthetic']), count }),
  /** Runs of ONNX Runtime without HTTP, in the server's process settings. */
  batchTimes: batchTimesSchema,
  /** The same with other numbers of threads, for a search over settings. Absent: only the server's number was measured. */
  timesByThreads: v.optional(upTo(v.object({ threads: count, batchTimes: batchTimesSchema }), mostThreadCounts)),
  /** Batch times of texts by their length in tokens, of a server that pads them. */
  timesByLength: v.optional(upTo(v.object({ length: count, batchTimes: batchTimesSchema }), mostLengths)),
  /** Median answer of a single request to an idle server, less its run and the wait for others: HTTP and JSON. */
  overheadMs: nonNegative,
  /** Single requests to an idle server. Absent: an earlier version made the document. */
  alone: v.optional(
    v.object({
      /** From when each request was due to its answer. */
      answersMs: upTo(nonNegative, mostSamples),
      /** The time that the run of one request occupies an instance, by the server's own clock; `null`: it reports none. */
      runMs: v.nullable(nonNegative),
    }),
  ),
  /** Answers in a second while clients ask again at once. */
  capacityPerSecond: nonNegative,
  rates: upTo(ratePointSchema, mostRates),
  /** Standard loads, each with its rules. Absent: none was asked for. */
  scenarios: v.optional(upTo(scenarioResultSchema, scenarioNames.length)),
  limits: v.object({
    /** The highest rate of `rates` at which 95 % of all requests were answered within the target; `null`: none. */
    perSecondWithinTarget: v.nullable(nonNegative),
  }),
});

export type ServerMeasurement = v.InferOutput<typeof serverMeasurementSchema>;
export type MeasuredRate = ServerMeasurement['rates'][number];

/** Requests that a rate needs to be held, as a share of all. */
export const heldShare = 0.95;

/** The highest rate at which enough of all requests were answered within the target, and no lower rate failed. */
export function rateWithinTarget(rates: readonly MeasuredRate[]): number | null {
  let held: number | null = null;
  for (const { perSecond, withinTarget } of rates.toSorted((a, b) => a.perSecond - b.perSecond)) {
    if (withinTarget < heldShare) break;
    held = perSecond;
  }
  return held;
}

export function describeServerMeasurement({ targetMs, limits, capacityPerSecond, rates }: ServerMeasurement): string {
  const { perSecondWithinTarget } = limits;
  const goal = `${formatPercent(heldShare, 0)} of requests within ${formatDuration(targetMs)}`;
  if (perSecondWithinTarget === null) return `None of the measured rates reaches ${goal}.`;
  const p95 = rates.find(({ perSecond }) => perSecond === perSecondWithinTarget)?.answeredMs.p95 ?? null;
  return `Up to ${formatRate(perSecondWithinTarget)} requests per second the server answers ${goal} (p95 ${formatClaim(p95, 0.95)}); its capacity is ${formatRate(capacityPerSecond)} per second.`;
}

/** Threads of one run. A server that was given no number uses all cores. */
export function serverThreads({ server: { threads, cores } }: Pick<ServerMeasurement, 'server'>): number {
  return threads === 0 ? cores : threads;
}

/**
 * Returns the largest measured batch that a full queue runs: a request waits for one batch and runs in the next, so both must end
 * within the timeout. The server starts no batch that answers too late. If no size fits, returns the smallest.
 * @param batchTimes at least one size with at least one run.
 */
export function fullBatch(
  batchTimes: readonly BatchTimes[],
  { maxBatch, timeoutMs }: Pick<ServerMeasurement['server'], 'maxBatch' | 'timeoutMs'>,
): BatchTimes {
  const known = batchTimes.filter(({ samplesMs }) => samplesMs.length > 0).toSorted((a, b) => b.batch - a.batch);
  const fits = ({ batch, samplesMs }: BatchTimes): boolean =>
    batch <= maxBatch && 2 * median(samplesMs) <= shareOfTimeout * timeoutMs;
  return known.find(fits) ?? known.at(-1)!;
}

/** Returns the clients that keep every instance busy: each runs a full batch while another one waits for it. */
export function clientsAtCapacity(
  batchTimes: readonly BatchTimes[],
  server: Pick<ServerMeasurement['server'], 'maxBatch' | 'timeoutMs' | 'instances'>,
): number {
  return 2 * (server.instances ?? 1) * fullBatch(batchTimes, server).batch;
}

/** The rest is for HTTP and JSON, and for batches that take longer than the median. */
const shareOfTimeout = 0.8;

/**
 * Batch times for a simulation of this server: runs of ONNX Runtime, plus the cost of HTTP and JSON. A batch costs a fixed time and
 * a time for each of its requests. They are chosen so that full batches have the measured capacity, and that a single request
 * occupies an instance as long as one alone. No cost is negative: if both are not possible, only the capacity holds.
 * `answerDelaysMs` has the time that occupies no instance.
 */
export function servedBatchTimes(measurement: ServerMeasurement): readonly BatchTimes[] {
  return withHttpCost(measurement.batchTimes, httpCostOf(measurement));
}

/** `servedBatchTimes`, and the same for each measured length of texts. */
export function servedTimes(measurement: ServerMeasurement): ServedTimes {
  const cost = httpCostOf(measurement);
  const byLength = (measurement.timesByLength ?? []).map(({ length, batchTimes }) => ({
    length,
    times: withHttpCost(batchTimes, cost),
  }));
  const times = servedBatchTimes(measurement);
  // Only a server that pads texts is measured by length.
  return byLength.length === 0 ? { times } : { times, texts: { isPadded: true, byLength } };
}

/** Times for each measured number of threads, with the same cost of HTTP and JSON. Those of the server's number include texts. */
export function servedTimesByThreads(measurement: ServerMeasurement): ReadonlyMap<number, ServedTimes> {
  const cost = httpCostOf(measurement);
  const others = (measurement.timesByThreads ?? []).map(
    ({ threads, batchTimes }) => [threads, { times: withHttpCost(batchTimes, cost) }] as const,
  );
  return new Map<number, ServedTimes>([...others, [serverThreads(measurement), servedTimes(measurement)]]);
}

/**
 * Times in ms that answers take beyond the wait for others and the batch, while the instance already runs the next batch: reading a
 * request, writing its answer, and the jitter of both. Each is a quantile of the answers of a single request, less the same quantile
 * of its run. Empty for a document without `alone`.
 */
export function answerDelaysMs(measurement: ServerMeasurement): readonly number[] {
  const { alone, server } = measurement;
  const runs = servedBatchTimes(measurement).find(({ batch }) => batch === 1)?.samplesMs ?? [];
  if (alone === undefined || runs.length === 0) return [];
  const [answers, sortedRuns] = [Float64Array.from(alone.answersMs).sort(), Float64Array.from(runs).sort()];
  const waitMs = server.maxBatch > 1 ? server.maxWaitMs : 0;
  return Array.from(answers, (ms, index) =>
    Math.max(0, ms - waitMs - quantileOfSorted(sortedRuns, (index + 0.5) / answers.length)),
  );
}

/** Time of HTTP and JSON that occupies an instance, in ms. */
interface HttpCost {
  readonly batchMs: number;
  readonly requestMs: number;
}

function httpCostOf({ batchTimes, server, capacityPerSecond, alone, overheadMs }: ServerMeasurement): HttpCost {
  const measured = batchTimes.filter(({ samplesMs }) => samplesMs.length > 0);
  if (measured.length === 0 || capacityPerSecond === 0) return { batchMs: 0, requestMs: 0 };
  const full = fullBatch(measured, server);
  /** HTTP and JSON of a full batch. */
  const { instances = 1 } = server;
  const fullMs = Math.max(0, (instances * full.batch * 1000) / capacityPerSecond - median(full.samplesMs));
  const sharedMs = fullMs / full.batch;
  const single = measured.find(({ batch }) => batch === 1);
  const runMs = alone?.runMs ?? null;
  const singleMs = runMs === null || single === undefined ? overheadMs : Math.max(0, runMs - median(single.samplesMs));
  // A full batch and a single request differ by the other requests of the batch.
  const requestMs =
    full.batch === 1 ? sharedMs : Math.min(sharedMs, Math.max(0, (fullMs - singleMs) / (full.batch - 1)));
  return { batchMs: fullMs - full.batch * requestMs, requestMs };
}

function withHttpCost(times: readonly BatchTimes[], { batchMs, requestMs }: HttpCost): readonly BatchTimes[] {
  return times
    .filter(({ samplesMs }) => samplesMs.length > 0)
    .map(({ batch, samplesMs }) => ({ batch, samplesMs: samplesMs.map((ms) => ms + batchMs + requestMs * batch) }));
}
