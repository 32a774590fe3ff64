import { levelsOfLooks, type Block } from '../../engine/verdict/speed-verdict';
import { median } from '../../engine/metrics/quantile';
import type { SeededRandom } from '../../engine/seeded-random';
import type { Budget, Clock } from './budget';
import type { HostedSession } from '../session/session-host';

/** A sample shorter than this many steps of the clock says little, so several runs are timed together. */
const fewestTimerSteps = 50;
const mostRunsPerSample = 1000;
/** The number of blocks behind the figure that is reported during the measurement. */
const latestBlocks = 16;
/**
 * A block of a small model takes a millisecond, and the page draws each figure. With every figure it would fall behind.
 */
const progressIntervalMs = 100;

export interface Side {
  readonly session: Pick<HostedSession, 'time'>;
  readonly runsPerSample: number;
  /** Untimed runs before each sample. */
  readonly leadRuns: number;
}

export interface SteadyLimits {
  readonly budget: Budget;
  readonly endMs: number;
  readonly now: Clock;
  /** True if the blocks leave open what would be said of the speed: then twice as many are measured. */
  readonly isOpen?: (blocks: readonly Block[], look: number) => boolean;
}

export interface SteadyState {
  readonly blocks: readonly Block[];
  /** How often the measurement was extended because its blocks left the speed open. */
  readonly look: number;
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
 * by chance. A slow drift of the device therefore affects both alike, and neither always runs first. It ends, after one
 * block at least, when another one would most likely end after `endMs` of the clock. `onProgress` receives, from time
 * to time, the share that is done and the current time of a run of the variant. While the blocks leave the speed open,
 * the number of pairs and the time double, at most twice.
 */
export async function measureSteadyState(
  signal: AbortSignal,
  sides: { readonly original: Side; readonly variant: Side },
  { budget, endMs, now, isOpen = () => false }: SteadyLimits,
  random: SeededRandom,
  onProgress: (fraction: number, medianMs: number) => void,
): Promise<SteadyState> {
  const blocks: Block[] = [];
  let totalMs = 0;
  const sample = async ({ session, runsPerSample, leadRuns }: Side): Promise<number> => {
    signal.throwIfAborted();
    const ms = await session.time(runsPerSample, leadRuns);
    totalMs += (ms / runsPerSample) * (runsPerSample + leadRuns);
    return ms / runsPerSample;
  };
  let look = 0;
  // Only a look that leaves the speed open counts: the next one needs twice the blocks and the time.
  const isAsked = () => blocks.length * 2 >= budget.fewestPairs * 2 ** look && totalMs >= budget.shortestMs * 2 ** look;
  const hasEnough = () => {
    if (!isAsked()) return false;
    if (look >= levelsOfLooks.length - 1 || !isOpen(blocks, look)) return true;
    look += 1;
    return false;
  };
  const startMs = now();
  let reportedMs = -Infinity;
  const hasTime = () => blocks.length === 0 || now() + (now() - startMs) / blocks.length <= endMs;
  while (!hasEnough() && hasTime()) {
    const [outer, inner] = random.next() < 0.5 ? [sides.original, sides.variant] : [sides.variant, sides.original];
    const outerFirst = await sample(outer);
    const innerTimes = [await sample(inner), await sample(inner)] as const;
    const outerTimes = [outerFirst, await sample(outer)] as const;
    blocks.push(
      outer === sides.original
        ? { original: outerTimes, variant: innerTimes }
        : { original: innerTimes, variant: outerTimes },
    );
    if (now() - reportedMs < progressIntervalMs) continue;
    reportedMs = now();
    const pairsDone = (blocks.length * 2) / budget.fewestPairs;
    const timeSpent = endMs > startMs ? (now() - startMs) / (endMs - startMs) : 1;
    const fraction = Math.min(1, Math.max(timeSpent, Math.min(pairsDone, totalMs / budget.shortestMs)));
    onProgress(fraction, median(blocks.slice(-latestBlocks).flatMap(({ variant }) => variant)));
  }
  return { blocks, look, isCapped: look === 0 && !isAsked() };
}
