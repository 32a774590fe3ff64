import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { coefficientOfVariation, summarizeLatency } from './latency-statistics';
import { median, medianAbsoluteDeviation, quantileOfSorted } from './quantile';

describe('quantileOfSorted', () => {
  it('interpolates like numpy.quantile', () => {
    expect(quantileOfSorted([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantileOfSorted([1, 2, 4, 8, 16], 0.95)).toBeCloseTo(14.4, 12);
    expect(quantileOfSorted([7], 0.99)).toBe(7);
    expect(quantileOfSorted([], 0.5)).toBeNaN();
  });

  it('gives median and median absolute deviation', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9])).toBe(1);
  });
});

describe('summarizeLatency', () => {
  const samples = Array.from({ length: 101 }, (_, i) => 10 + ((i * 37) % 101) / 100);

  it('keeps every sample and orders the figures', () => {
    const statistics = summarizeLatency([...samples, 100]);
    expect(statistics.runs).toBe(102);
    expect(statistics.meanMs).toBeGreaterThan(statistics.medianMs);
    expect(statistics.minMs).toBe(10);
    expect(statistics.p99Ms).toBeLessThan(100);
    expect(statistics.p95Ms).toBeLessThanOrEqual(statistics.p99Ms);
  });

  it('returns no interval narrower than the resolution of the clock, with the median within', () => {
    const same = Array.from({ length: 60 }, (_, index) => 0.0186 + (index % 2) * 1e-6);
    const { medianMs, intervalMs } = summarizeLatency(same, { resolutionMs: 0.005 / 14 });
    expect(intervalMs[1] - intervalMs[0]).toBeCloseTo(0.005 / 14, 12);
    expect(intervalMs[0]).toBeLessThan(medianMs);
    expect(intervalMs[1]).toBeGreaterThan(medianMs);
    expect(summarizeLatency(samples, { resolutionMs: 1e-6 })).toEqual(summarizeLatency(samples));
    const atZero = summarizeLatency([0, 0, 0], { resolutionMs: 0.1 }).intervalMs;
    expect(atZero).toEqual([0, 0.1]);
  });

  it('divides the squares by n - 1', () => {
    expect(summarizeLatency([1, 2, 3, 4]).stdMs).toBeCloseTo(1.2909944487, 9);
    expect(coefficientOfVariation([2, 2, 2])).toBe(0);
    expect(coefficientOfVariation([1, 3])).toBeCloseTo(Math.SQRT2 / 2, 12);
  });

  it('gives an interval around the median that repeats with the seed', () => {
    const first = summarizeLatency(samples);
    expect(first.intervalMs[0]).toBeLessThan(first.medianMs);
    expect(first.intervalMs[1]).toBeGreaterThan(first.medianMs);
    expect(summarizeLatency(samples)).toEqual(first);
  });

  it('covers the true median in about 95 of 100 experiments', () => {
    const random = createSeededRandom(99);
    let covered = 0;
    for (let experiment = 0; experiment < 300; experiment++) {
      const drawn = Array.from({ length: 40 }, () => random.next());
      const [low, high] = summarizeLatency(drawn).intervalMs;
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    expect(covered / 300).toBeGreaterThan(0.9);
    expect(covered / 300).toBeLessThan(0.985);
  });
});
