import { describe, expect, it } from 'vitest';
import type { Candidate } from './candidate';
import { recommend } from './recommend';
import { usualGoal } from './search-goal';
import { evaluatedCandidate, timingOf } from './testing/made-candidate';
import { mustTime, toTime } from './to-time';

const madeBy = (id: string, sizeBytes: number, ...passes: readonly string[]): Candidate =>
  evaluatedCandidate(id, {
    sizeBytes,
    recipe: { version: 1, seed: 0, steps: passes.map((pass) => ({ pass, enabled: true, options: {} })) },
  });
const stored = [1, 2, 3, 4].map((place) => madeBy(`stored-${place}`, 100 + place, 'quantize-weights'));
const fast = [1, 2, 3, 4].map((place) => madeBy(`fast-${place}`, 200 + place, 'prune-channels'));
const msOf = ({ id }: Pick<Candidate, 'id'>) => (id.startsWith('fast') ? 4 : 10);

/** Times what must be timed, three at once, as a search does. */
function timeAll(goal: Parameters<typeof toTime>[0]['goal'], candidates: readonly Candidate[], atOnce = 3) {
  const order: string[] = [];
  let now = candidates;
  let originalMs: number | undefined;
  const facts = () => ({ candidates: now, goal, originalBytes: 1000, originalMs });
  while (mustTime(facts()).length > 0) {
    const next = new Set(
      toTime(facts())
        .slice(0, atOnce)
        .map(({ id }) => id),
    );
    order.push(...next);
    originalMs = 10;
    now = now.map((each) =>
      next.has(each.id) ? { ...each, timing: timingOf(10 / msOf(each), { medianMs: msOf(each) }) } : each,
    );
  }
  return { order, best: recommend(now, goal, 1000, false).best?.id };
}

describe('the choice of candidates to time', () => {
  it('passes over recipes that only store less, until enough meet a limit on the time', () => {
    const limits = { ...usualGoal.limits, latencyMs: 5 };
    const { order, best } = timeAll({ objective: 'size', limits }, [...stored, ...fast]);
    expect(best).toBe('fast-1');
    // The original was slow: of what only stores less no more than the first is timed.
    expect(order).toEqual(['stored-1', 'stored-2', 'stored-3', 'fast-1', 'fast-2', 'fast-3']);
  });

  it('ends with the first that meet a limit which the original meets, too', () => {
    const limits = { ...usualGoal.limits, latencyMs: 20 };
    const { order, best } = timeAll({ objective: 'size', limits }, [...stored, ...fast]);
    expect([order, best]).toEqual([['stored-1', 'stored-2', 'stored-3'], 'stored-1']);
  });

  it('ends if nothing meets the limit', () => {
    const limits = { ...usualGoal.limits, latencyMs: 1 };
    const { order, best } = timeAll({ objective: 'size', limits }, [...stored, ...fast]);
    expect([order.length, best]).toEqual([8, undefined]);
  });

  it('is all recipes with less computation for the goal of speed, and nothing more', () => {
    const { order, best } = timeAll({ objective: 'latency', limits: usualGoal.limits }, [...stored, ...fast], 4);
    expect([order, best]).toEqual([fast.map(({ id }) => id), 'fast-1']);
  });
});
