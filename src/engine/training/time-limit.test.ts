import { expect, it } from 'vitest';
import { TimeLimit } from './time-limit';

/** Steps of a run that asks before each step, and the time that it takes. */
function run(mostMs: number, stepMs: (step: number) => number, { evaluationMs = 0, between = 100 } = {}) {
  let now = 1000;
  const limit = new TimeLimit(mostMs, () => now);
  now += evaluationMs;
  limit.evaluated(evaluationMs);
  let step = 0;
  let steps = Infinity;
  while (step < Math.min(steps, 10_000)) {
    now += stepMs(++step);
    steps = limit.affordableSteps(step, between);
    if (step % between === 0) now += evaluationMs;
  }
  return { step, tookMs: now + evaluationMs - 1000 };
}

it('has no limit by itself', () => {
  expect(run(Infinity, () => 100).step).toBe(10_000);
});

it('takes as many steps as fit, after cold ones', () => {
  expect(run(10_000, (step) => (step <= 2 ? 500 : 90))).toEqual({ step: 102, tookMs: 10_000 });
});

it('reserves time for evaluations and takes fewer steps if steps slow down', () => {
  const { step, tookMs } = run(10_000, (at) => (at < 30 ? 50 : 100), { evaluationMs: 400, between: 25 });
  expect(step).toBeGreaterThan(60);
  expect(tookMs).toBeGreaterThan(9_000);
  expect(tookMs).toBeLessThanOrEqual(10_500);
});

it('ends after the step that takes all of the time', () => {
  expect(run(1000, () => 5000).step).toBe(1);
});
