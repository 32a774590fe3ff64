import { describe, expect, it } from 'vitest';
import { describeScenario, percentileBound, queriesFor, resultOfScenario, type ScenarioRun } from './load-scenarios';
import type { ServiceTimes } from './service-times';
import { simulateScenario, type ScenarioSetup } from './simulate-scenario';

const ascending = (count: number) => Float64Array.from({ length: count }, (_, index) => index + 1);
const run = (change: Partial<ScenarioRun>): ScenarioRun => ({
  ...{ scenario: 'single-stream', latenciesMs: [...ascending(1000)], failed: 0, durationS: 600, lateMs: 0 },
  ...change,
});
const say = (change: Partial<ScenarioRun>) => describeScenario(resultOfScenario(run(change))).replaceAll('\u00a0', ' ');

describe('the queries that a percentile needs', () => {
  // The figures of MLPerf's rules: 64 and 662 queries with one beyond the quantile; 459 with none.
  it.each([
    [0.9, 1, 64],
    [0.99, 1, 662],
    [0.99, 0, 459],
    [0.9, 0, 44],
  ])('are those of LoadGen: quantile %s with %s beyond it', (quantile, over, queries) => {
    expect(queriesFor(quantile, over)).toBe(queries);
  });

  it('grow with the share beyond it, even if a power of the quantile underflows', () => {
    // Near the mean of 1 % of the queries, less a margin of 2.33 deviations.
    const queries = queriesFor(0.99, 2000);
    expect(queries / 200_000).toBeGreaterThan(1.04);
    expect(queries / 200_000).toBeLessThan(1.06);
  });

  it('bound a percentile from above, and failed queries are the slowest', () => {
    expect(percentileBound(ascending(63), 0, 0.9)).toBeNull();
    // One of 64 queries may exceed the quantile, so no latency is dropped.
    expect(percentileBound(ascending(64), 0, 0.9)).toBe(64);
    const bound = percentileBound(ascending(1000), 0, 0.9)!;
    expect(bound).toBeGreaterThan(900);
    expect(bound).toBeLessThan(940);
    expect(percentileBound(ascending(900), 100, 0.9)).toBeNull();
  });
});

describe('a scenario', () => {
  it('is valid only if it ran long enough, with enough queries, and none failed', () => {
    expect(resultOfScenario(run({}))).toMatchObject({ isValid: true, metric: { name: 'p90-latency-ms' } });
    expect(say({ durationS: 10 })).toMatch(/^Single stream: p90 92\d ms; not valid: 10 s instead of 600 s\.$/);
    expect(say({ failed: 2, latenciesMs: [...ascending(50)] })).toBe(
      'Single stream: too few queries for p90; not valid: 52 queries instead of 64 and 2 failed.',
    );
    expect(say({ scenario: 'offline' })).toBe(
      'Offline: 1.67 samples per second; not valid: 1,000 samples instead of 24,576.',
    );
  });

  it('of a server counts late and failed queries, and late sends of the client', () => {
    const server = { scenario: 'server', targetMs: 998 } as const;
    expect(say(server)).toBe('Server: 1.67 queries per second with p99 within 998 ms; valid.');
    expect(say({ ...server, failed: 3 })).toBe(
      'Server: no rate with p99 within 998 ms; not valid: 5 queries over the target, 3 allowed.',
    );
    expect(say({ ...server, lateMs: 60 })).toContain('not valid: requests were sent 60.0 ms late');
  });
});

/** A batch takes 100 ms, and a tenth more for each sample after the first. */
const service: ServiceTimes = { drawMs: (batch) => 90 + 10 * batch };
const setup: ScenarioSetup = {
  ...{ popularity: { count: 1e6, exponent: 0 }, policy: { maxBatch: 8, maxWaitMs: 50 } },
  ...{ instances: 1, cache: null, service, seed: 4, durationS: 600 },
};
const alone: ScenarioSetup = { ...setup, policy: { maxBatch: 1, maxWaitMs: 0 } };
const now = () => Promise.resolve();

describe('a simulated scenario', () => {
  it('sends the next query when the last is answered', async () => {
    const single = await simulateScenario('single-stream', alone, 0, now);
    expect(single.result).toMatchObject({ isValid: true, queries: 6000 });
    expect(single.result.metric.value).toBeCloseTo(100, 6);
    const several = await simulateScenario('multi-stream', setup, 0, now);
    // Eight samples together are a full batch, which goes at once.
    expect(several.result).toMatchObject({ samplesPerQuery: 8, isValid: true });
    expect(several.result.metric.value).toBeCloseTo(170, 6);
    expect([...several.trace.batchSizes.keys()]).toEqual([8]);
    const short = await simulateScenario('single-stream', { ...alone, durationS: 30 }, 0, now);
    expect(short.result).toMatchObject({ isValid: false, queries: 300, durationS: 30 });
  });

  it('offline has the throughput of full batches', async () => {
    const { result } = await simulateScenario('offline', { ...setup, instances: 2 }, 0, now);
    expect(result.isValid).toBe(true);
    expect(result.metric.value! / (16_000 / 170)).toBeCloseTo(1, 2);
  });

  it('of a server finds the highest rate within the target', async () => {
    // M/D/1 with a load of about 0.7: one of a hundred requests takes five times as long as its run.
    const { result } = await simulateScenario('server', alone, 500, now);
    expect(result).toMatchObject({ isValid: true, targetMs: 500 });
    expect(result.metric.value).toBeGreaterThan(5.5);
    expect(result.metric.value).toBeLessThan(7.5);
    const none = await simulateScenario('server', alone, 50, now);
    expect(none.result).toMatchObject({ isValid: false, metric: { value: null } });
  });
});
