/** The candidates to time against the original, the next one first. */
import { ownTiming, type Candidate } from './candidate';
import { rankForGoal } from './recommend';
import type { ExecutionProvider } from '../metrics/cell';
import { timedOn, type SearchGoal } from './search-goal';
import { compareForSpeed, turnForSpeed } from './techniques';

/** The number of candidates within a time limit that is enough. The best of these is checked. */
const enoughInTime = 3;

interface Timed {
  readonly candidates: readonly Candidate[];
  readonly goal: Pick<SearchGoal, 'objective' | 'limits' | 'ep'>;
  /** Size of the original. */
  readonly originalBytes: number;
  /** Median of the original; `undefined`: nobody timed it. */
  readonly originalMs?: number | undefined;
}

/**
 * Returns the untimed candidates that would be recommended if they are fast enough. Candidates that compute less come
 * first if speed is the goal, or if the original itself exceeds the limit. Those that only store less are at best as
 * fast as the original.
 */
export function toTime({ candidates, goal, originalBytes, originalMs = 0 }: Timed): readonly Candidate[] {
  const { latencyMs = Infinity, ...limits } = goal.limits;
  const isForSpeed = goal.objective === 'latency';
  // A variant of any size may be faster.
  const ranked = isForSpeed
    ? rankForGoal(candidates, { objective: 'size', limits }, Infinity)
    : rankForGoal(candidates, { objective: goal.objective, limits }, originalBytes);
  const untimed = ranked.filter((candidate) => ownTiming(candidate) === undefined);
  const ep = timedOn(goal);
  if (isForSpeed) return untimed.toSorted((a, b) => compareForSpeed(a, b, ep));
  if (originalMs <= latencyMs) return untimed;
  return untimed.toSorted((a, b) => Number(storesOnly(a, ep)) - Number(storesOnly(b, ep)));
}

/**
 * Returns the candidates that must be timed before a recommendation. If speed is the goal, these are all that compute
 * less. If time is a limit beside another goal, these go down the ranking until enough candidates meet the limit, since
 * untimed ones do not count.
 */
export function mustTime(timed: Timed): readonly Candidate[] {
  const { candidates, goal, originalBytes } = timed;
  const untimed = toTime(timed);
  if (goal.objective === 'latency') return untimed.filter((candidate) => !storesOnly(candidate, timedOn(goal)));
  if (goal.limits.latencyMs === undefined) return [];
  return rankForGoal(candidates, goal, originalBytes).length < enoughInTime ? untimed : [];
}

function storesOnly({ recipe }: Pick<Candidate, 'recipe'>, ep: ExecutionProvider): boolean {
  return turnForSpeed(recipe.steps, ep) === 2;
}
