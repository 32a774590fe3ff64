import type { HostedSession } from './session-host';

/** Parts of the time, so that a cancellation is heard. */
const stretches = 10;
const mostRunsTogether = 1_000;
/** The limit is enough for any model if the clock cannot time a run. */
const mostStretches = 1_000;

/**
 * While another session runs, the thread of a session sleeps and its weights leave the caches. The next runs take
 * about 0.1 ms more, which runs of up to `longestLedMs` would show. `leadMs` of untimed runs come before each sample.
 */
const longestLedMs = 10;
const leadMs = 5;

/** The number of untimed runs after which runs in turns are as fast as those of a loop over one session. */
export function leadRunsFor(runMs: number): number {
  if (runMs >= longestLedMs) return 0;
  return runMs > 0 ? Math.min(mostRunsTogether, Math.ceil(leadMs / runMs)) : mostRunsTogether;
}

export interface Settled {
  readonly runs: number;
  /** The time of a run at that moment. */
  readonly runMs: number;
}

/**
 * Runs a session until its code has settled. Frequent functions are compiled again, better, while they run; before
 * that, runs of a small model may take twice as long. Rejects as the session does, and with the signal's reason.
 * @param mayGoOn asked before each further stretch, with the runs so far.
 */
export async function settleSession(
  signal: AbortSignal,
  session: Pick<HostedSession, 'time'>,
  settlingMs: number,
  mayGoOn: (runs: number) => boolean = () => true,
): Promise<Settled> {
  let [runs, totalMs, runMs] = [0, 0, 0];
  for (let done = 0, count = 1; done < mostStretches; done += 1) {
    if (done > 0 && (totalMs >= settlingMs || !mayGoOn(runs))) break;
    signal.throwIfAborted();
    const ms = await session.time(count);
    runs += count;
    totalMs += ms;
    runMs = ms / count;
    count = Math.min(mostRunsTogether, Math.max(1, Math.floor(settlingMs / stretches / Math.max(runMs, 1e-4))));
  }
  return { runs, runMs };
}
