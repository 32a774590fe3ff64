import { describe, expect, it } from 'vitest';
import { drawExponential } from './arrivals';
import { servingHeadline } from './describe-serving';
import { capacityPerSecond, simulateRate } from './rate-sweep';
import type { ServiceTimes } from './service-times';
import { summarizeServing } from './serving-result';
import { simulateLoad } from './simulate-load';
import { simulateServing, type ServingSetup } from './simulate';

const exponential: ServiceTimes = { drawMs: (_, random) => drawExponential(1, random) };

const queue: ServingSetup = {
  arrivals: { kind: 'poisson', perSecond: 1 },
  durationS: 1,
  popularity: { count: 1, exponent: 0 },
  policy: { maxBatch: 1, maxWaitMs: 0 },
  instances: 1,
  cache: null,
  service: exponential,
  seed: 5,
};

describe('rates', () => {
  it('computes the capacity from full batches and cache hits', () => {
    const batched = { ...queue, policy: { maxBatch: 4, maxWaitMs: 0 }, service: { drawMs: () => 2 } };
    expect(capacityPerSecond(batched)).toBe(2000);
    expect(capacityPerSecond({ ...batched, instances: 2 }, 0.5)).toBe(8000);
    expect(capacityPerSecond(queue)).toBeCloseTo(1000, -1);
  });

  it('follows queueing theory below the capacity and reports the queue growth above it', () => {
    const half = simulateRate(queue, 500, 1000);
    // M/M/1: the time in the system is exponential with mean 1 ÷ (µ − λ) = 2 ms.
    expect(half.p50Ms! / (2 * Math.LN2)).toBeCloseTo(1, 0);
    expect(half.p95Ms! / (2 * Math.log(20))).toBeGreaterThan(0.9);
    expect(half.p95Ms! / (2 * Math.log(20))).toBeLessThan(1.1);
    const beyond = simulateRate(queue, 1300, 1000);
    expect(beyond).toMatchObject({ isUnstable: true, p95Ms: null });
    expect(beyond.growthPerSecond / 300).toBeGreaterThan(0.8);
    expect(beyond.growthPerSecond / 300).toBeLessThan(1.2);
  });

  it('simulates a load, and the same settings at ten rates', async () => {
    let checkpoints = 0;
    const load = { ...queue, times: [{ batch: 1, samplesMs: [2] }], targetMs: 10 };
    const {
      rates,
      capacityPerSecond: capacity,
      result,
    } = await simulateLoad(load, () => {
      checkpoints++;
      return Promise.resolve();
    });
    expect([capacity, checkpoints, result.withinTarget?.targetMs]).toEqual([500, 10, 10]);
    expect(rates.map(({ isUnstable }) => isUnstable).at(-1)).toBe(true);
    expect(rates.filter(({ isUnstable }) => !isUnstable).length).toBeGreaterThanOrEqual(7);
  });

  it('sums a load up in a sentence', () => {
    const sentenceOf = (perSecond: number, durationS: number, limits = {}) => {
      const arrivals = { kind: 'poisson', perSecond } as const;
      const policy = { ...queue.policy, ...limits };
      const setup = { ...queue, arrivals, durationS, policy, service: { drawMs: () => 2 } };
      const result = summarizeServing(setup, simulateServing(setup));
      return servingHeadline(arrivals, result, { capacityPerSecond: 500, durationS }).replaceAll('\u00a0', ' ');
    };
    expect(sentenceOf(200, 20)).toMatch(
      /^At 200 requests per second, 95 % of responses take less than [\d.]+ ms; the model is busy (3|4)\d % of the time\.$/,
    );
    expect(sentenceOf(200, 0.1)).toContain('Too few requests to report latency');
    expect(sentenceOf(700, 10)).toMatch(
      /the queue grows by (1[5-9]\d|2[0-4]\d) requests per second\. These settings can serve about 500\.$/,
    );
    // Short latencies of the few that are answered would hide what happens to the others.
    expect(sentenceOf(1000, 10, { maxQueue: 5 })).toMatch(
      /^At 1,000 requests per second, (4[89]|5[0-2]) % of requests are rejected or time out\. These settings can serve about 500\.$/,
    );
    expect(sentenceOf(10, 10, { timeoutMs: 1 })).toBe(
      'At 10 requests per second, 100 % of requests are rejected or time out.',
    );
  });
});
