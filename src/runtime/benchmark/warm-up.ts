import { coefficientOfVariation } from '../../engine/metrics/latency-statistics';
import { median } from '../../engine/metrics/quantile';
import { isLastRun, type Clock } from './budget';
import type { HostedSession } from '../session/session-host';

const fewestRuns = 5;
const mostRuns = 30;
const settledVariation = 0.05;

export interface WarmUp {
  readonly runs: number;
  /** Median of the last runs, in ms: what a run takes now. */
  readonly runMs: number;
}

/** At least 5 runs, and until the last 5 vary by under 5 % (at most 30). After the first, no run begins that would end
 * after `longestMs`. */
export async function warmUp(
  signal: AbortSignal,
  session: Pick<HostedSession, 'time'>,
  longestMs: number,
  now: Clock,
): Promise<WarmUp> {
  const times: number[] = [];
  const startMs = now();
  while (times.length < mostRuns) {
    signal.throwIfAborted();
    times.push(await session.time(1));
    const isSettled = times.length >= fewestRuns && coefficientOfVariation(times.slice(-fewestRuns)) < settledVariation;
    if (isSettled || isLastRun(now() - startMs, times.length, longestMs)) break;
  }
  return { runs: times.length, runMs: median(times.slice(-fewestRuns)) };
}
