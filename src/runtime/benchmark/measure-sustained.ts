/** Runs one model for a chosen time and shows how its time develops. */
import { formatDuration } from '../../engine/format';
import { median } from '../../engine/metrics/quantile';
import { driftOf, type SustainedRun, type SustainedWindow } from '../../engine/profiling/sustained';
import type { Progress } from '../../engine/progress';
import type { SessionHost } from '../session/session-host';
import { settleSession } from '../session/settle-session';
import { wallClock, type Clock } from './budget';
import { withSoloSession, type SoloRequest } from './solo-session';

export interface SustainedRequest extends Omit<SoloRequest, 'longestMs'> {
  readonly durationMs: number;
}

const settlingMs = 300;
const windowCount = 60;
const shortestWindowMs = 100;
/** Shorter runs are timed together, so that messages to the session take no time worth naming. */
const shortestSampleMs = 10;
const mostRunsTogether = 1_000;

/** Code has settled when the time begins. The last run may end after it. Rejects as sessions do. */
export async function measureSustained(
  signal: AbortSignal,
  host: SessionHost,
  { durationMs, ...request }: SustainedRequest,
  onProgress: (progress: Progress) => void,
  now: Clock = wallClock,
): Promise<SustainedRun> {
  return withSoloSession(signal, host, { ...request, profile: false }, async (session) => {
    const { runMs } = await settleSession(signal, session, Math.min(settlingMs, durationMs));
    const together = Math.min(mostRunsTogether, Math.max(1, Math.ceil(shortestSampleMs / Math.max(runMs, 1e-3))));
    const windowMs = Math.max(shortestWindowMs, durationMs / windowCount);
    const windows: SustainedWindow[] = [];
    const startMs = now();
    const passedMs = (): number => now() - startMs;
    do {
      const beginMs = passedMs();
      const samplesMs: number[] = [];
      do {
        signal.throwIfAborted();
        samplesMs.push((await session.time(together)) / together);
      } while (passedMs() - beginMs < windowMs && passedMs() < durationMs);
      windows.push({ startMs: beginMs, medianMs: median(samplesMs), runs: samplesMs.length * together });
      const stage = `About ${formatDuration(windows.at(-1)!.medianMs)} per run`;
      onProgress({ stage, done: Math.min(passedMs(), durationMs), total: durationMs });
    } while (passedMs() < durationMs);
    return { durationMs, windows, drift: driftOf(windows.map(({ medianMs }) => medianMs)) };
  });
}
