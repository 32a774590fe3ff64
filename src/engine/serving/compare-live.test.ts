import { describe, expect, it } from 'vitest';
import { compareLive } from './compare-live';
import { describeLive, describeNeed } from './describe-serving';
import { neededInstances } from './needed-instances';
import { queueCurve } from './queue-curve';
import type { LoadSetup } from './request-source';
import { measuredServiceTimes } from './service-times';
import { simulateServing, type ServingSetup } from './simulate';

const load: LoadSetup = {
  arrivals: { kind: 'poisson', perSecond: 400 },
  durationS: 10,
  popularity: { count: 1, exponent: 0 },
  policy: { maxBatch: 1, maxWaitMs: 0 },
  instances: 1,
  cache: null,
  seed: 5,
};
const timesOf = (ms: number) => [{ batch: 1, samplesMs: [ms] }];
const now = () => Promise.resolve();

describe('comparison with a live run', () => {
  it('confirms a matching simulation, else reports the slowdown and its reason', async () => {
    const trace = simulateServing({ ...load, service: measuredServiceTimes(timesOf(2)) });
    const served = trace.requests.length;
    const run = {
      trace,
      times: [{ batch: 1, samplesMs: Array<number>(served).fill(2) }],
      computeTimes: [{ batch: 1, samplesMs: Array<number>(served).fill(1.5) }],
      lateMs: 0.1,
    };
    const compared = await compareLive(load, run, timesOf(1), 50, now);
    const { live, simulated, onLiveTimes, slowdown, handOverMs, queue } = compared;
    expect(onLiveTimes).toEqual(live);
    expect(simulated.utilization).toBeCloseTo(live.utilization / 2, 2);
    expect([slowdown, handOverMs]).toEqual([1.5, 0.5]);
    const most = (points: typeof queue.live) => Math.max(...points.map(({ waiting }) => waiting));
    expect(most(queue.live)).toBeGreaterThan(most(queue.simulated));
  });

  it('counts only requests that waited, not immediate or cached ones', () => {
    const ended = (scheduledMs: number, startedMs: number, end: 'served' | 'cached' = 'served') => ({
      ...{ scheduledMs, startedMs, endedMs: startedMs + 1, end },
    });
    const requests = [ended(0, 0), ended(1, 8), ended(2, 8), ended(3, 3, 'cached'), ended(12, 29)];
    const trace = { requests, batchSizes: new Map(), backlog: [], wastedRows: 0, busyMs: 0 };
    expect(queueCurve(trace, 40, 4)).toEqual([
      { atMs: 5, waiting: 2 },
      { atMs: 15, waiting: 1 },
      { atMs: 25, waiting: 1 },
      { atMs: 35, waiting: 0 },
    ]);
  });
});

describe('sentences', () => {
  it('report the deviation from the simulation and its reason', async () => {
    const trace = simulateServing({ ...load, service: measuredServiceTimes(timesOf(2)) });
    const run = { trace, times: timesOf(2), computeTimes: timesOf(1.9), lateMs: 0 };
    const sentence = async (ms: number) =>
      describeLive(await compareLive(load, run, timesOf(ms), 50, now)).replaceAll('\u00a0', ' ');
    expect(await sentence(1)).toMatch(
      /^In the live run 95 % took less than [\d.]+ ms; simulated [\d.]+ ms \(−\d+ %\); runs took 1.90× as long under/,
    );
    expect(await sentence(4)).toContain('runs took 53 % less time under load');
    expect(await sentence(1.9)).toContain('dispatching a batch takes 100 µs in addition');
  });

  it('say how many instances each of two models needs', () => {
    let aloneMs: number | null = null;
    const sentence = (...needed: readonly (number | null)[]) =>
      describeNeed(
        200,
        50,
        needed.map((one, index) => ({
          name: index === 0 ? 'the original' : 'INT8',
          needed: one,
          idleAnswerMs: one === null ? aloneMs : null,
        })),
      ).replaceAll('\u00a0', ' ');
    expect(sentence(2, 1)).toBe(
      'At 200 requests per second, the original needs 2 instances to serve 95 % within 50.0 ms; INT8 needs 1 instance.',
    );
    expect(sentence(1, 1)).toContain('the original and INT8 each need 1 instance to serve');
    expect(sentence(null, 3)).toContain('64 instances are too few for the original to serve 95 % within');
    expect(sentence(null, null)).toContain('64 instances are too few for the original and INT8 to serve');
    aloneMs = 205;
    expect(sentence(null, 3)).toBe(
      'At 200 requests per second, no number of instances is enough for the original to serve 95 % within 50.0 ms, because a request alone takes up to 205 ms; INT8 needs 3 instances.',
    );
    expect(sentence(null, null)).toMatch(/up to 205 ms; no number of instances is enough for INT8, because/);
    expect(sentence(3)).toMatch(/the original needs 3 instances to serve 95 % within [\d.]+ ms\.$/);
  });
});

describe('neededInstances', () => {
  it('returns the fewest instances that meet the target, or none if no number does', async () => {
    const setup = (ms: number) => ({ ...load, service: measuredServiceTimes(timesOf(ms)) });
    const needed = async (given: ServingSetup) => (await neededInstances(given, 50, now)).needed;
    expect(await needed(setup(1))).toBe(1);
    // 400 a second of 10 ms each keep four busy for good.
    expect(await needed(setup(10))).toBe(5);
    expect(await needed(setup(60))).toBeNull();
    expect(await needed({ ...setup(1), durationS: 0.01 })).toBeNull();
    // With a queue of one, the few answers of one instance are fast, and all other requests are rejected.
    expect(await needed({ ...setup(10), policy: { ...load.policy, maxQueue: 1 } })).toBeGreaterThanOrEqual(5);
  });

  it('returns the time of a lone request only if instances are idle', async () => {
    const setup = (ms: number) => ({ ...load, durationS: 2, service: measuredServiceTimes(timesOf(ms)) });
    const { needed, idleAnswerMs } = await neededInstances(setup(60), 50, now);
    expect(needed).toBeNull();
    expect(idleAnswerMs).toBeCloseTo(60, 6);
    expect(await neededInstances(setup(300), 50, now)).toEqual({ needed: null, idleAnswerMs: null });
  });
});
