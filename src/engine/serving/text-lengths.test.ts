import { describe, expect, it } from 'vitest';
import type { BatchTimes } from './service-times';
import { summarizeServing } from './serving-result';
import { simulateServing, type ServingSetup } from './simulate';
import { capacityPerSecond } from './rate-sweep';
import { simulateLoad } from './simulate-load';
import {
  groupOfInput,
  lengthOfInput,
  lengthsToTime,
  longestOfBatch,
  parseLengths,
  textServiceTimes,
} from './text-lengths';

const shares = parseLengths('10:1, 20:2, 30:1');
const inputs = Array.from({ length: 20_000 }, (_, input) => input);
/** 4 ms, and 0.1 ms for each token of a row: the same at every run. */
const timesOf = (length: number): readonly BatchTimes[] =>
  [1, 8].map((batch) => ({ batch, samplesMs: [4 + 0.1 * batch * length] }));
const byLength = [10, 30].map((length) => ({ length, times: timesOf(length) }));
const service = textServiceTimes(byLength);
const never = { next: () => 0 };

describe('lengths of texts', () => {
  it('are drawn by their shares, the same for the same input', () => {
    const counts = new Map<number, number>();
    for (const input of inputs) {
      const length = lengthOfInput({ shares }, input);
      counts.set(length, (counts.get(length) ?? 0) + 1 / inputs.length);
    }
    expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([10, 20, 30]);
    expect(counts.get(20)).toBeCloseTo(0.5, 1);
    expect(counts.get(10)).toBeCloseTo(0.25, 1);
  });

  it.each(['', '12', '12:0', '0:1', '12:1;20:1', 'a:1'])('are refused with the expected form: “%s”', (text) => {
    expect(() => parseLengths(text)).toThrow(/does not describe lengths\. Use up to 64 of length:share/);
  });

  it('are grouped as the server of a bundle does', () => {
    const groups = (isPadded: boolean) =>
      new Set(inputs.slice(0, 100).map((input) => groupOfInput({ shares, isPadded }, input)));
    expect(groups(false)).toEqual(new Set([10, 20, 30]));
    expect(groups(true)).toEqual(new Set([16, 32]));
  });

  it('are timed at both ends and between them', () => {
    expect(lengthsToTime(parseLengths('30:1,10:1,20:1'))).toEqual([10, 20, 30]);
    expect(lengthsToTime(parseLengths('9:1,1:1,2:1,3:1,5:1,7:1,8:1'))).toEqual([1, 3, 7, 9]);
  });

  it('give a batch the longest text of its group', () => {
    const padded = { shares, isPadded: true };
    // Texts of 20 and 30 tokens share a bucket: a third of its texts have 30, and 19 of 27 batches of three hold one of them.
    const longest = Array.from({ length: 27 }, (_, index) => longestOfBatch(padded, 3, 0.9, (index + 0.5) / 27));
    expect(longest.filter((length) => length === 30)).toHaveLength(19);
    expect(longestOfBatch(padded, 3, 0.1, 0.9)).toBe(10);
    expect(longestOfBatch({ shares, isPadded: false }, 3, 0.5, 0.9)).toBe(20);
  });

  it('make runs longer, between measured lengths and beyond them', () => {
    expect(service.drawMs(1, never, 10)).toBeCloseTo(5);
    expect(service.drawMs(1, never, 20)).toBeCloseTo(6);
    expect(service.drawMs(8, never, 60)).toBeCloseTo(2 * (4 + 0.1 * 8 * 30));
  });
});

describe('a server of texts', () => {
  const setup = (isPadded: boolean, timeoutMs?: number): ServingSetup => ({
    ...{
      arrivals: { kind: 'poisson', perSecond: 160 },
      durationS: 20,
      popularity: { count: 1e6, exponent: 0 },
      seed: 5,
    },
    policy: { maxBatch: 8, maxWaitMs: 5, ...(timeoutMs !== undefined && { timeoutMs }) },
    ...{
      instances: 1,
      cache: null,
      service,
      lengths: { shares: parseLengths('11:1,12:1,13:1,14:1,15:1,16:1'), isPadded },
    },
  });
  const meanBatch = (given: ServingSetup): number => {
    const trace = simulateServing(given);
    const requests = trace.requests.filter(({ end }) => end === 'served').length;
    return requests / [...trace.batchSizes.values()].reduce((sum, count) => sum + count, 0);
  };

  it('runs larger batches if it pads texts within a bucket', () => {
    const [alone, padded] = [meanBatch(setup(false)), meanBatch(setup(true))];
    expect(padded / alone).toBeGreaterThan(1.3);
    const p95 = (given: ServingSetup) => summarizeServing(given, simulateServing(given)).totalMs.p95!;
    expect(p95(setup(true))).toBeLessThan(p95(setup(false)));
  });

  it('has the capacity of its mean batch, not of its longest text', () => {
    const rare = { shares: parseLengths('10:99,30:1'), isPadded: true };
    const given = { ...setup(true), policy: { maxBatch: 1, maxWaitMs: 0 }, lengths: rare };
    // 5 ms for 10 tokens, 7 ms for 30.
    expect(capacityPerSecond(given)).toBeCloseTo(1000 / 5.02, 0);
  });

  it('is simulated in the page on the same times', async () => {
    const { service: _service, ...load } = setup(true);
    const request = { ...load, times: byLength[0]!.times, texts: { isPadded: true, byLength }, targetMs: 100 };
    const { result } = await simulateLoad(request, () => Promise.resolve());
    expect(result.batchSizes).toEqual(summarizeServing(setup(true), simulateServing(setup(true))).batchSizes);
  });

  it('answers every request once, also under a timeout', () => {
    for (const given of [setup(true, 60), setup(false, 60)]) {
      const { requests } = simulateServing(given);
      const { offeredPerSecond } = summarizeServing(given, simulateServing(given));
      expect(requests).toHaveLength(Math.round(offeredPerSecond * given.durationS));
      expect(requests.some(({ end }) => end === 'served')).toBe(true);
    }
  });
});
