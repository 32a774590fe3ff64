import { expect, it } from 'vitest';
import { tunedHeadline } from './describe-serving';
import type { BatchTimes } from './service-times';
import { tryAllSettings, tuneServing, type TriedSettings, type TuneRequest } from './tune-serving';

/** Fixed cost of a run, and of each row; a thread more takes the parallel part of a row down. */
function times(fixedMs: number, rowMs: number, threads: number): readonly BatchTimes[] {
  return [1, 2, 4, 8, 16].map((batch) => {
    const ms = fixedMs + (batch * rowMs) / threads ** 0.7;
    return { batch, samplesMs: [0.95 * ms, ms, 1.05 * ms] };
  });
}

function request(perSecond: number, [fixedMs, rowMs]: readonly [number, number], targetMs: number): TuneRequest {
  return {
    load: {
      ...{ arrivals: { kind: 'poisson', perSecond }, durationS: 1500 / perSecond, seed: 3, cache: null },
      popularity: { count: 1e6, exponent: 0 },
    },
    policy: {},
    timesByThreads: new Map([1, 2, 4].map((threads) => [threads, { times: times(fixedMs, rowMs, threads) }])),
    ...{ cores: 4, mostBatch: 16, targetMs },
  };
}

const now = () => Promise.resolve();

// A light and a heavy load, of models whose batches save much or nothing.
it.each([
  ['light, batches save', request(20, [8, 1], 50)],
  ['heavy, batches save', request(600, [8, 1], 80)],
  ['heavy, batches save nothing', request(150, [0.5, 20], 200)],
  ['beyond what it can serve', request(2000, [4, 4], 40)],
])('comes near the best of the whole grid in a fraction of its simulations: %s', async (_, asked) => {
  const { best, tried, gridSize } = await tuneServing(asked, now);
  const [first] = await tryAllSettings(asked, now);
  expect(best.withinTarget).toBeGreaterThanOrEqual(first!.withinTarget - 0.05);
  if (first!.p95Ms !== null && first!.withinTarget > 0.95) {
    expect(best.p95Ms).not.toBeNull();
    expect(best.p95Ms! / first!.p95Ms).toBeLessThanOrEqual(1.05);
  }
  expect(tried.length).toBeLessThanOrEqual(gridSize / 4);
});

it('tries no waiting time if every request runs alone', async () => {
  const { tried } = await tuneServing({ ...request(100, [5, 1], 50), mostBatch: 1 }, now);
  expect(tried.every(({ maxBatch, maxWaitMs }) => maxBatch === 1 && maxWaitMs === 0)).toBe(true);
});

it('never plans more threads than cores, and refuses to tune without times', async () => {
  const { tried } = await tuneServing(request(100, [5, 1], 50), now);
  expect(tried.every(({ instances, threads }) => instances * threads <= 4)).toBe(true);
  await expect(tuneServing({ ...request(100, [5, 1], 50), timesByThreads: new Map() }, now)).rejects.toThrow(
    'No batch times were measured to tune with.',
  );
});

it('is said in one sentence, with the goal, the settings and how near they come', () => {
  const best = {
    ...{ maxBatch: 8, maxWaitMs: 3, instances: 2, threads: 1 },
    ...{ p95Ms: 12, withinTarget: 0.99, offeredPerSecond: 198 },
  };
  const say = (change: Partial<TriedSettings>, targetMs = 50) =>
    tunedHeadline({ best: { ...best, ...change } }, { kind: 'poisson', perSecond: 200 }, targetMs).replaceAll(
      '\u00a0',
      ' ',
    );
  expect(say({})).toBe(
    'Best for p95 ≤ 50.0 ms at 200 requests per second: batches of up to 8, 3.00 ms wait, 2 instances with 1 thread (p95 12.0 ms).',
  );
  expect(say({ maxBatch: 1 }, 10)).toMatch(
    /^No setting reaches the goal; closest for p95 ≤ 10.0 ms .*: no batching, 2 /,
  );
  expect(say({ p95Ms: null, maxWaitMs: 0 })).toContain(
    'batches of up to 8, no wait, 2 instances with 1 thread (99.0 % in time).',
  );
});
