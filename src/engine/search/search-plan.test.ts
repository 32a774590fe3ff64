import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSearch } from './search-plan';

describe('what a search can afford', () => {
  it('is everything on a fast model', () => {
    const available = { search: 600, calibration: 512 };
    expect(planSearch({ budgetMs: 60_000, msPerSample: 1, available }).calibrationSamples).toBe(256);
    expect(planSearch({ budgetMs: 180_000, msPerSample: 1, available })).toEqual({
      searchSamples: 600,
      calibrationSamples: 512,
      quickCalibrationSamples: 16,
      isSlow: false,
      evaluatesAtOnce: true,
    });
  });

  it('is fewer samples on a slow one, and the same for small differences of speed', () => {
    const available = { search: 128, calibration: 128 };
    const planned = [90, 100, 110].map((msPerSample) => planSearch({ budgetMs: 60_000, msPerSample, available }));
    expect(planned.map(({ calibrationSamples }) => calibrationSamples)).toEqual([32, 32, 32]);
    expect(planned.map(({ searchSamples }) => searchSamples)).toEqual([27, 25, 22]);
    expect(planned.every(({ isSlow }) => isSlow)).toBe(true);
  });

  it('keeps an evaluation within a 24th of the budget, but for the fewest samples that say something', () => {
    const amount = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(amount, amount, fc.double({ min: 0, max: 5000, noNaN: true }), (search, calibration, msPerSample) => {
        const plan = planSearch({ budgetMs: 60_000, msPerSample, available: { search, calibration } });
        expect(plan.searchSamples).toBeLessThanOrEqual(search);
        expect(plan.calibrationSamples).toBeLessThanOrEqual(calibration);
        expect(plan.searchSamples).toBeGreaterThanOrEqual(Math.min(16, search));
        if (plan.isSlow && plan.searchSamples > 16) expect(plan.searchSamples * msPerSample).toBeLessThanOrEqual(2500);
        expect(plan.isSlow).toBe(plan.searchSamples < search);
        if (plan.isSlow) expect(plan.searchSamples).toBeLessThan(256);
      }),
    );
  });
});
