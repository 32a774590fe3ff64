import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { drawExponential, parseArrivals, parseReplay, scheduleRequests, type FollowingArrivals } from './arrivals';
import { BatchTimeEstimate } from './batch-time-estimate';
import { chooseInTime, decideBatch } from './batching';
import { PredictionCache } from './prediction-cache';
import { measuredServiceTimes, type ServiceTimes } from './service-times';
import { summarizeServing } from './serving-result';
import { simulateLongServing, simulateServing, type ServingSetup } from './simulate';

const exponential: ServiceTimes = { drawMs: (_, random) => drawExponential(1, random) };
const constant: ServiceTimes = { drawMs: () => 1 };

/** Requests of mean service 1 ms, one at a time, `load` of what the instances could do. */
const queue = (load: number, instances: number, service: ServiceTimes): ServingSetup => ({
  arrivals: { kind: 'poisson', perSecond: 1000 * load * instances },
  durationS: 100_000 / (1000 * load * instances),
  popularity: { count: 1, exponent: 0 },
  policy: { maxBatch: 1, maxWaitMs: 0 },
  instances,
  cache: null,
  service,
  seed: 11,
});

function meanTotalMs(setup: ServingSetup): number {
  const { requests } = simulateServing(setup);
  return requests.reduce((sum, { scheduledMs, endedMs }) => sum + endedMs - scheduledMs, 0) / requests.length;
}

describe('a simulated server', () => {
  it.each([
    // Time in the system, in service times: Kleinrock, Queueing Systems I, sections 3.2, 5.7 and 3.5.
    ['M/M/1 at 0.5', queue(0.5, 1, exponential), 2],
    ['M/M/1 at 0.8', queue(0.8, 1, exponential), 5],
    ['M/D/1 at 0.8', queue(0.8, 1, constant), 3],
    ['M/M/2 at 0.8', queue(0.8, 2, exponential), 1 / (1 - 0.8 ** 2)],
  ])('keeps to the theory of queues: %s', (_, setup, expected) => {
    const ratio = meanTotalMs(setup) / expected;
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.05);
  });

  it('delays answers beyond their batches without occupying the server, and clients ask again after that', () => {
    const delayed = { ...queue(0.8, 1, constant), answerDelaysMs: [4, 6] };
    expect(meanTotalMs(delayed) - meanTotalMs(queue(0.8, 1, constant))).toBeCloseTo(5, 1);
    const clients: ServingSetup = { ...queue(0.5, 1, constant), arrivals: { kind: 'closed', clients: 1, thinkMs: 0 } };
    const { requests } = simulateServing({ ...clients, durationS: 1, answerDelaysMs: [4] });
    expect(requests).toHaveLength(200);
  });

  it('delays answers of the cache, and of a shared run, like all others', () => {
    const cache = { entries: 1, ttlS: 60 };
    const at = (atMs: number) => ({ atMs, input: 0 });
    const arrivals = { kind: 'replay', requests: [at(0), at(0.5), at(10)] } as const;
    const { requests } = simulateServing({ ...queue(0.5, 1, constant), arrivals, cache, answerDelaysMs: [4] });
    expect(requests.map(({ end, endedMs }) => [end, endedMs])).toEqual([
      ['served', 5],
      ['cached', 5],
      ['cached', 14],
    ]);
  });

  it('answers every request exactly once, even for 40 arrivals at once in batches of 32', () => {
    const requests = Array.from({ length: 40 }, (_, input) => ({ atMs: 0, input }));
    const trace = simulateServing({
      ...queue(0.5, 1, constant),
      arrivals: { kind: 'replay', requests },
      policy: { maxBatch: 32, maxWaitMs: 50 },
    });
    expect(trace.requests).toHaveLength(40);
    expect(trace.batchSizes).toEqual(
      new Map([
        [32, 1],
        [8, 1],
      ]),
    );
    // A full batch goes at once; the rest waits for others, and no longer than allowed.
    expect(trace.requests.map(({ endedMs }) => endedMs)).toEqual([...Array(32).fill(1), ...Array(8).fill(51)]);
  });

  it('uses cached answers, joins equal requests and expires old entries', () => {
    const at = (atMs: number) => ({ atMs, input: 0 });
    const setup = {
      ...queue(0.5, 1, constant),
      arrivals: { kind: 'replay', requests: [at(0), at(0.5), at(10), at(2000)] } as const,
      durationS: 5,
      cache: { entries: 10, ttlS: 1 },
    };
    const { cache, batchSizes } = summarizeServing(setup, simulateServing(setup));
    expect(cache).toMatchObject({ hits: 2, misses: 2, hitRate: 0.5 });
    expect(batchSizes).toEqual({ 1: 2 });
  });

  it('rejects requests beyond its queue, drops stale ones and reports unbounded growth', () => {
    const overloaded = { ...queue(1.5, 1, constant), durationS: 20 };
    const open = summarizeServing(overloaded, simulateServing(overloaded));
    expect(open.saturation.isUnstable).toBe(true);
    expect(open.saturation.growthPerSecond).toBeGreaterThan(400);
    expect(open.saturation.growthPerSecond).toBeLessThan(600);
    const bounded = { ...overloaded, policy: { maxBatch: 1, maxWaitMs: 0, maxQueue: 20, timeoutMs: 10 } };
    const limited = summarizeServing(bounded, simulateServing(bounded), 5);
    expect(limited.saturation.isUnstable).toBe(false);
    expect(limited.rejected).toBeGreaterThan(0);
    expect(limited.totalMs.p99).toBeLessThanOrEqual(10);
    expect(limited.withinTarget?.share).toBeLessThan(1);
  });

  it.each([2, 4])('serves near its capacity in time at %s × that load and computes few timed-out requests', (load) => {
    // 25 ms a row, give or take a fifth: full batches of 16 serve 40 a second.
    const service: ServiceTimes = { drawMs: (size, random) => size * (20 + 10 * random.next()) };
    const setup: ServingSetup = {
      ...queue(1, 1, service),
      arrivals: { kind: 'poisson', perSecond: 40 * load },
      durationS: 60,
      policy: { maxBatch: 16, maxWaitMs: 5, maxQueue: 256, timeoutMs: 1000 },
    };
    const { requests, wastedRows, batchSizes } = simulateServing(setup);
    const served = requests.filter(({ end }) => end === 'served');
    const computed = [...batchSizes].reduce((sum, [size, count]) => sum + size * count, 0);
    expect(served.length / 60 / 40).toBeGreaterThan(0.8);
    expect(wastedRows).toBe(computed - served.length);
    expect(wastedRows / computed).toBeLessThan(0.1);
    expect(Math.max(...served.map(({ scheduledMs, endedMs }) => endedMs - scheduledMs))).toBeLessThanOrEqual(1000);
  });

  it('counts the timeout up to the answer, not up to the start', () => {
    const setup = { ...queue(0.5, 1, constant), policy: { maxBatch: 1, maxWaitMs: 0, timeoutMs: 0.5 }, durationS: 1 };
    const { requests, wastedRows } = simulateServing(setup);
    expect(requests.some(({ end }) => end === 'served')).toBe(false);
    expect(requests.filter(({ end }) => end === 'timed-out').length).toBeGreaterThan(wastedRows - 1);
    expect(wastedRows).toBeGreaterThan(0);
    for (const { scheduledMs, endedMs } of requests) expect(endedMs - scheduledMs).toBeLessThanOrEqual(0.5 + 1e-9);
  });

  it('keeps its clients busy in a closed loop, and claims no percentile of too few requests', () => {
    const setup = {
      ...queue(0.5, 1, constant),
      arrivals: { kind: 'closed', clients: 4, thinkMs: 0 } as const,
      durationS: 0.05,
    };
    const result = summarizeServing(setup, simulateServing(setup));
    expect(result.utilization).toBeCloseTo(1, 5);
    expect(result.totalMs.p50).toBeCloseTo(4, 5);
    expect(result.totalMs.p95).toBeNull();
  });

  it('refuses clients that would ask again without end in one moment', () => {
    const closed = (thinkMs: number): ServingSetup => ({
      ...queue(0.5, 1, constant),
      arrivals: { kind: 'closed', clients: 8, thinkMs },
      durationS: 0.05,
      policy: { maxBatch: 1, maxWaitMs: 0, maxQueue: 1 },
    });
    expect(() => simulateServing(closed(0))).toThrow(
      /repeat a rejected or cached request at the same moment, endlessly\. .* a queue of 8/,
    );
    expect(summarizeServing(closed(1), simulateServing(closed(1))).rejected).toBeGreaterThan(0);
  });

  it('gives the same trace for the same setup', () => {
    const setup = { ...queue(0.8, 2, exponential), durationS: 2 };
    expect(simulateServing(setup)).toEqual(simulateServing(setup));
  });

  it('returns the same result in interruptible form and stops early on request', async () => {
    const setup = { ...queue(0.8, 2, exponential), durationS: 4 };
    let checkpoints = 0;
    const count = () => Promise.resolve(void checkpoints++);
    expect(await simulateLongServing(setup, count)).toEqual(simulateServing(setup));
    expect(checkpoints).toBeGreaterThan(2);
    let left = 2;
    const stop = () => (left-- > 0 ? Promise.resolve() : Promise.reject(new Error('Stopped.')));
    await expect(simulateLongServing(setup, stop)).rejects.toThrow('Stopped.');
    expect(left).toBe(-1);
  });
});

describe('arrivals', () => {
  it.each(['bursts:5:100:1e-9:1e-9', 'bursts:1e-6:1e-6:1e-300:1e-9', 'bursts:1e-300:1e-300:1e-6:1e-320'])(
    'throws an error with a remedy if %s changes its rate endlessly',
    (text) => {
      const arrivals = parseArrivals(text) as Exclude<ReturnType<typeof parseArrivals>, FollowingArrivals>;
      expect(() => scheduleRequests(arrivals, 30, { count: 10, exponent: 0 }, 1)).toThrow('Use longer bursts');
    },
  );

  it('come at their mean rate, in bursts with more spread', () => {
    const counts = (kind: string) => {
      const perS = new Float64Array(400);
      const requests = scheduleRequests(parseArrivals(kind) as never, 400, { count: 9, exponent: 1 }, 3);
      for (const { atMs } of requests) perS[Math.floor(atMs / 1000)]!++;
      const mean = requests.length / 400;
      return { mean, variance: perS.reduce((sum, count) => sum + (count - mean) ** 2, 0) / 400 };
    };
    const steady = counts('poisson:50');
    expect(steady.mean).toBeCloseTo(50, -0.5);
    expect(steady.variance / steady.mean).toBeLessThan(1.3);
    const bursty = counts('bursts:10:100:2:2');
    expect(bursty.variance / bursty.mean).toBeGreaterThan(5);
  });

  it('are read from a command line and from a recorded load, and refused by name', () => {
    expect(parseArrivals('closed:8:20')).toEqual({ kind: 'closed', clients: 8, thinkMs: 20 });
    for (const wrong of ['poisson', 'poisson:', 'poisson:x', 'closed:1:2:3', 'bursts:1:2', 'x'])
      expect(() => parseArrivals(wrong)).toThrow(/does not describe arrivals/);
    for (const beyond of ['poisson:0', 'poisson:1e12', 'bursts:1:1e7:1:1'])
      expect(() => parseArrivals(beyond)).toThrow(
        /cannot be simulated\. Every number must be above 0 and at most 1,000,000\./,
      );
    for (const beyond of ['closed:1.5', 'closed:20000', 'closed:8:-1'])
      expect(() => parseArrivals(beyond)).toThrow(
        /The number of clients must be an integer from 1 to 10,000, with a think time of at most 1,000,000 ms/,
      );
    expect(parseReplay('t_ms,input\n20,b\n10,a\n30,b\n')).toEqual({
      kind: 'replay',
      requests: [
        { atMs: 0, input: 1 },
        { atMs: 10, input: 0 },
        { atMs: 20, input: 0 },
      ],
    });
    expect(() => parseReplay('1,a\nx,b')).toThrow('Line 2');
    for (const end of ['\r', '\r\n']) {
      const replayed = parseReplay(['t_ms,input', '20,b', '10,a', ''].join(end));
      expect(replayed.kind === 'replay' && replayed.requests).toEqual([
        { atMs: 0, input: 1 },
        { atMs: 10, input: 0 },
      ]);
    }
  });
});

describe('parts', () => {
  it('decide: full goes, old goes, nothing goes without an instance', () => {
    const policy = { maxBatch: 4, maxWaitMs: 5 };
    expect(decideBatch({ count: 9, oldestMs: 0 }, 1, 0, policy)).toEqual({ send: 4 });
    expect(decideBatch({ count: 2, oldestMs: 0 }, 1, 5, policy)).toEqual({ send: 2 });
    expect(decideBatch({ count: 2, oldestMs: 0 }, 1, 4, policy)).toEqual({ waitUntilMs: 5 });
    expect(decideBatch({ count: 9, oldestMs: 0 }, 0, 9, policy)).toEqual({ waitUntilMs: null });
  });

  it('choose the batch that serves most a second of those that it answers in time', () => {
    const linear = { nowMs: 0, expectedMs: (size: number) => 10 * size };
    const deadlines = [15, 25, 100, 100, 100];
    const choose = (size: number, given = linear) => chooseInTime(size, 5, (place) => deadlines[place]!, given);
    // All sizes serve as many a second, so the largest goes: of those that can wait that long.
    expect(choose(4)).toEqual([2, 3, 4]);
    // A run costs 20 ms however small: four of the later ones.
    expect(choose(4, { nowMs: 0, expectedMs: (size) => 20 + size })).toEqual([1, 2, 3, 4]);
    expect(choose(1, { nowMs: 0, expectedMs: () => 1000 })).toEqual([0]);
  });

  it('expect a batch to take mean plus two deviations, at most its smaller batches in sequence', () => {
    const times = new BatchTimeEstimate();
    expect(times.expectedMs(4, 1000)).toBe(0);
    for (let run = 0; run < 40; run++) times.note(2, 10);
    expect(times.expectedMs(2, 1000)).toBeCloseTo(10, 3);
    expect(times.expectedMs(1, 1000)).toBeCloseTo(10, 3);
    expect(times.expectedMs(8, 1000)).toBeCloseTo(40, 3);
    times.note(8, 900);
    expect(times.expectedMs(8, 1000)).toBeCloseTo(40, 3);
    times.note(2, 2000);
    expect(times.expectedMs(2, 1000)).toBeGreaterThan(1000);
    expect(times.expectedMs(1, 1000)).toBe(800);
  });

  it('draw times between the sizes that were measured, and beyond them in proportion', () => {
    const times = measuredServiceTimes([
      { batch: 1, samplesMs: [2] },
      { batch: 4, samplesMs: [5] },
    ]);
    const random = createSeededRandom(1);
    expect([1, 2, 4, 8].map((batch) => times.drawMs(batch, random))).toEqual([2, 3, 5, 10]);
  });

  it('keep the most recently used entries', () => {
    const cache = new PredictionCache<string, number>({ entries: 2, ttlS: 10 });
    cache.set('a', 1, 0);
    cache.set('b', 2, 0);
    expect(cache.get('a', 1)).toBe(1);
    cache.set('c', 3, 2);
    expect([cache.get('a', 3), cache.get('b', 3), cache.get('c', 3)]).toEqual([1, undefined, 3]);
    expect(cache.get('a', 10_001)).toBeUndefined();
  });
});
