import { coefficientOfVariation } from '../../engine/metrics/latency-statistics';
import { median } from '../../engine/metrics/quantile';
import { isLastRun, type Clock } from './budget';
import type { HostedSession } from '../session/session-host';
import { settleSession } from '../session/settle-session';

const settlingMs = 300;
const fewestRuns = 5;
const mostRuns = 30;
const settledVariation = 0.05;

export interface WarmUp {
  readonly runs: number;
  /** Median of the last runs, in ms: the time of a run at present. */
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
  const isLast = (runs: number): boolean => isLastRun(now() - startMs, runs, longestMs);
  const settled = await settleSession(signal, session, settlingMs, (runs) => !isLast(runs));
  const times = [settled.runMs];
  const runs = (): number => settled.runs + times.length - 1;
  while (times.length < mostRuns && !isLast(runs())) {
    signal.throwIfAborted();
    times.push(await session.time(1));
    if (times.length >= fewestRuns && coefficientOfVariation(times.slice(-fewestRuns)) < settledVariation) break;
  }
  return { runs: runs(), runMs: median(times.slice(-fewestRuns)) };
}
