/** The result of a run of the serving lab: the page's figures and the `simulate` command's JSON. */
import { quantileOfSorted } from '../metrics/quantile';
import type { Arrivals } from './arrivals';
import type { BatchPolicy } from './batching';
import type { CachePolicy } from './prediction-cache';
import type { RequestTrace, RunTrace } from './dispatcher';
import type { LoadSetup } from './request-source';

/** Percentiles in ms; `null` if too few requests were served to support the figure (`requestsFor`). */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface ServingResult {
  readonly arrivals: Omit<Arrivals, 'requests'>;
  readonly policy: BatchPolicy & { readonly instances: number };
  readonly offeredPerSecond: number;
  readonly servedPerSecond: number;
  /** Time from the scheduled arrival of a request to its start, without requests that the cache answered. */
  readonly waitMs: Percentiles;
  /** Time from the start of a batch to the answer of its request. On times of a server it includes HTTP and JSON. */
  readonly computeMs: Percentiles;
  /** Time from the scheduled arrival of a request to its answer, without requests that the cache answered. */
  readonly totalMs: Percentiles;
  /** The same of all that were answered. */
  readonly answeredMs: Percentiles;
  readonly batchSizes: Readonly<Record<string, number>>;
  readonly cache: (CachePolicy & { readonly hits: number; readonly misses: number; readonly hitRate: number }) | null;
  readonly rejected: number;
  readonly timedOut: number;
  /** Inputs that were computed in vain, because their timeout had passed when the answer came. */
  readonly wastedRows: number;
  /** Share of the time of all instances that they ran. */
  readonly utilization: number;
  readonly saturation: Saturation;
  /** Share of all requests that were answered within the target; `null` without one. */
  readonly withinTarget: { readonly targetMs: number; readonly share: number } | null;
}

/** Requests come faster than they are served: the queue grows as long as the run lasts, and percentiles depend on that. */
export interface Saturation {
  readonly isUnstable: boolean;
  /** Growth of the queue in requests per second, over the last half of the run. */
  readonly growthPerSecond: number;
}

/**
 * Returns the served requests that a quantile needs to be claimed with 95 % confidence, if none may exceed it: ln(0.05)
 * ÷ ln(q). It is 59 for p95 and 299 for p99 (MLPerf's loadgen, early_stopping.cc).
 */
export function requestsFor(quantile: number): number {
  return Math.ceil(Math.log(0.05) / Math.log(quantile));
}

/** `targetMs`: the longest time that an answer may take. */
export function summarizeServing(setup: LoadSetup, trace: RunTrace, targetMs?: number): ServingResult {
  const { requests } = trace;
  const served = requests.filter(({ end }) => end === 'served');
  const cached = requests.filter(({ end }) => end === 'cached').length;
  const answered = served.length + cached;
  const endMs = requests.reduce((latest, { endedMs }) => Math.max(latest, endedMs), 0);
  const spanS = Math.max(endMs, setup.durationS * 1000) / 1000;
  const { kind, ...rates } = setup.arrivals;
  const saturation = findSaturation(trace);
  const total = ({ scheduledMs, endedMs }: RequestTrace): number => endedMs - scheduledMs;
  return {
    arrivals: { kind, ...('requests' in rates ? {} : rates) },
    policy: { ...setup.policy, instances: setup.instances },
    offeredPerSecond: requests.length / setup.durationS,
    servedPerSecond: answered / spanS,
    waitMs: percentiles(served.map(({ scheduledMs, startedMs }) => startedMs - scheduledMs)),
    computeMs: percentiles(served.map(({ startedMs, endedMs }) => endedMs - startedMs)),
    totalMs: percentiles(served.map(total)),
    answeredMs: percentiles(requests.filter(({ end }) => end === 'served' || end === 'cached').map(total)),
    batchSizes: Object.fromEntries([...trace.batchSizes].toSorted(([a], [b]) => a - b)),
    cache: setup.cache && {
      ...setup.cache,
      hits: cached,
      misses: served.length,
      hitRate: answered === 0 ? 0 : cached / answered,
    },
    rejected: requests.filter(({ end }) => end === 'rejected').length,
    timedOut: requests.filter(({ end }) => end === 'timed-out').length,
    wastedRows: trace.wastedRows,
    utilization: endMs === 0 ? 0 : trace.busyMs / (endMs * setup.instances),
    saturation,
    withinTarget:
      targetMs === undefined
        ? null
        : {
            targetMs,
            share:
              requests.length === 0
                ? 0
                : requests.filter(
                    (request) => (request.end === 'served' || request.end === 'cached') && total(request) <= targetMs,
                  ).length / requests.length,
          },
  };
}

/** Percentiles, `null` if there are too few values to claim one; see `requestsFor`. */
export function percentiles(ms: readonly number[]): Percentiles {
  const sorted = Float64Array.from(ms).sort();
  const at = (q: number) => (sorted.length < requestsFor(q) ? null : quantileOfSorted(sorted, q));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Fewer arrivals are too few for a trend. */
const fewestArrivals = 40;
/** The bound of Student's t. It is far beyond chance for so many arrivals, which are not independent. */
const clearT = 6;

/** The slope of the queue over the last half by least squares, and whether it clearly rises. */
function findSaturation({ backlog }: RunTrace): Saturation {
  const half = backlog.slice(Math.floor(backlog.length / 2));
  if (half.length < fewestArrivals) return { isUnstable: false, growthPerSecond: 0 };
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [times, counts] = [half.map(({ atMs }) => atMs / 1000), half.map(({ count }) => count)];
  const [meanTime, meanCount] = [mean(times), mean(counts)];
  let [spread, together] = [0, 0];
  for (const [index, time] of times.entries()) {
    spread += (time - meanTime) ** 2;
    together += (time - meanTime) * (counts[index]! - meanCount);
  }
  if (spread === 0) return { isUnstable: false, growthPerSecond: 0 };
  const slope = together / spread;
  const residual = times.reduce(
    (sum, time, index) => sum + (counts[index]! - meanCount - slope * (time - meanTime)) ** 2,
    0,
  );
  const error = Math.sqrt(residual / Math.max(1, half.length - 2) / spread);
  // A queue that swings also has slopes, so its growth over the half must exceed half of its mean length.
  const grown = slope * (times.at(-1)! - times[0]!);
  const isUnstable = slope > clearT * error && grown > Math.max(10, meanCount / 2);
  return { isUnstable, growthPerSecond: slope };
}
