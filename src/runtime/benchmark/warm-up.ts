import { coefficientOfVariation } from '../../engine/metrics/latency-statistics';
import { median } from '../../engine/metrics/quantile';
import { isLastRun, type Clock } from './budget';
import type { HostedSession } from '../session/session-host';

/** What has just been opened is compiled once more, better, while it runs: of a small model the first hundreds of runs are slow. */
const settlingMs = 300;
const stretchMs = 50;
/** Enough of any model, where the clock tells nothing of a run. */
const mostStretches = 30;

const fewestRuns = 5;
const mostRuns = 30;
const settledVariation = 0.05;

export interface WarmUp {
  readonly runs: number;
  /** Median of the last runs, in ms: what a run takes now. */
  readonly runMs: number;
}

/**
 * 300 ms of runs, then at least 5, and until the last 5 vary by under 5 % (at most 30). After the first, no run begins that would
 * end after `longestMs`.
 */
export async function warmUp(
  signal: AbortSignal,
  session: Pick<HostedSession, 'time'>,
  longestMs: number,
  now: Clock,
): Promise<WarmUp> {
  const startMs = now();
  let runs = 0;
  const isLast = (): boolean => isLastRun(now() - startMs, runs, longestMs);
  const run = async (count: number): Promise<number> => {
    signal.throwIfAborted();
    const ms = await session.time(count);
    runs += count;
    return ms / count;
  };
  let runMs = await run(1);
  let spentMs = runMs;
  for (let done = 0; done < mostStretches && spentMs < settlingMs && !isLast(); done += 1) {
    const count = Math.min(1000, Math.max(1, Math.ceil(stretchMs / Math.max(runMs, 1e-3))));
    runMs = await run(count);
    spentMs += runMs * count;
  }
  const times = [runMs];
  while (times.length < mostRuns && !isLast()) {
    times.push(await run(1));
    if (times.length >= fewestRuns && coefficientOfVariation(times.slice(-fewestRuns)) < settledVariation) break;
  }
  return { runs, runMs: median(times.slice(-fewestRuns)) };
}
