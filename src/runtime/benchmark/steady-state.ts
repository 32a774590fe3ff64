import type { Block } from '../../engine/metrics/paired-comparison';
import type { SeededRandom } from '../../engine/seeded-random';
import type { Budget } from './budget';
import type { HostedSession } from '../session/session-host';

/** A sample shorter than this many steps of the clock says little, so several runs are timed together. */
const fewestTimerSteps = 50;
const mostRunsPerSample = 1000;

export interface Side {
  readonly session: Pick<HostedSession, 'time'>;
  readonly runsPerSample: number;
}

export interface SteadyState {
  readonly blocks: readonly Block[];
  /** True when the time was over before the pairs were enough. */
  readonly isCapped: boolean;
}

export function runsPerSampleFor(runMs: number, timerResolutionUs: number): number {
  const shortestSampleMs = (fewestTimerSteps * timerResolutionUs) / 1000;
  if (runMs >= shortestSampleMs) return 1;
  return runMs > 0 ? Math.min(mostRunsPerSample, Math.ceil(shortestSampleMs / runMs)) : mostRunsPerSample;
}

/** True when even the runs of one sample together are too short for the clock. */
export function isBelowTimerResolution(sampleMs: number, timerResolutionUs: number): boolean {
  return sampleMs * 1000 < fewestTimerSteps * timerResolutionUs;
}

/**
 * Times two sessions in turns, never at once, in blocks of four: original, variant, variant, original or the reverse,
 * by chance. So a slow drift of the device weighs on both alike, and neither always runs first.
 */
export async function measureSteadyState(
  signal: AbortSignal,
  sides: { readonly original: Side; readonly variant: Side },
  budget: Budget,
  random: SeededRandom,
  onProgress: (fraction: number) => void,
): Promise<SteadyState> {
  const blocks: Block[] = [];
  let totalMs = 0;
  const sample = async ({ session, runsPerSample }: Side): Promise<number> => {
    signal.throwIfAborted();
    const ms = await session.time(runsPerSample);
    totalMs += ms;
    return ms / runsPerSample;
  };
  const hasEnough = () => blocks.length * 2 >= budget.fewestPairs && totalMs >= budget.shortestMs;
  while (!hasEnough() && totalMs < budget.longestMs) {
    const [outer, inner] = random.next() < 0.5 ? [sides.original, sides.variant] : [sides.variant, sides.original];
    const outerFirst = await sample(outer);
    const innerTimes = [await sample(inner), await sample(inner)] as const;
    const outerTimes = [outerFirst, await sample(outer)] as const;
    blocks.push(
      outer === sides.original
        ? { original: outerTimes, variant: innerTimes }
        : { original: innerTimes, variant: outerTimes },
    );
    const pairsDone = (blocks.length * 2) / budget.fewestPairs;
    onProgress(Math.min(1, Math.max(totalMs / budget.longestMs, Math.min(pairsDone, totalMs / budget.shortestMs))));
  }
  return { blocks, isCapped: !hasEnough() };
}
