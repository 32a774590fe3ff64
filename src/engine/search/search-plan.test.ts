import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSearch } from './search-plan';

describe('the budget of a search', () => {
  it('is everything on a fast model', () => {
    const available = { search: 600, calibration: 512 };
    const fast = { msPerSample: 1, openMs: 100, screenedSamples: 0, available };
    expect(planSearch({ budgetMs: 60_000, ...fast }).calibrationSamples).toBe(256);
    expect(planSearch({ budgetMs: 180_000, ...fast })).toMatchObject({
      searchSamples: 600,
      calibrationSamples: 512,
      quickCalibrationSamples: 16,
      isSlow: false,
      evaluatesAtOnce: true,
      screeningEvaluates: false,
      firstTimedAtMs: 27_000,
    });
  });

  it('times a slow model once, when there is time for one more evaluation', () => {
    const available = { search: 128, calibration: 128 };
    const firstTimedAtMs = (msPerSample: number, openMs: number) =>
      planSearch({ budgetMs: 60_000, msPerSample, openMs, screenedSamples: 4, available }).firstTimedAtMs;
    expect(firstTimedAtMs(100, 2_000)).toBe(9_000);
    // Two sessions and seven runs take 10 s, which may become 15 s, and an evaluation takes 5.5 s.
    expect(firstTimedAtMs(1_000, 1_500)).toBeCloseTo(58_800 - 15_000 - 5_500, 6);
    // One that takes all of the time is timed as soon as anything is recommended.
    expect(firstTimedAtMs(10_000, 5_000)).toBe(9_000);
  });

  it('is fewer samples on a slow one, and the same for small differences of speed', () => {
    const available = { search: 128, calibration: 128 };
    const planned = [90, 100, 110].map((msPerSample) =>
      planSearch({ budgetMs: 60_000, msPerSample, openMs: 100, screenedSamples: 0, available }),
    );
    expect(planned.map(({ calibrationSamples }) => calibrationSamples)).toEqual([32, 32, 32]);
    expect(planned.map(({ searchSamples }) => searchSamples)).toEqual([27, 25, 22]);
    expect(planned.every(({ isSlow }) => isSlow)).toBe(true);
  });

  it('takes the screening for the evaluation of a slow model that is compared by outputs', () => {
    const available = { search: 128, calibration: 128 };
    const plan = (msPerSample: number, screenedSamples: number) =>
      planSearch({ budgetMs: 60_000, msPerSample, openMs: 100, screenedSamples, available });
    expect(plan(100, 24)).toMatchObject({ searchSamples: 24, screeningEvaluates: true });
    expect(plan(1_000, 5)).toMatchObject({ searchSamples: 5, screeningEvaluates: true });
    expect(plan(10_000, 4)).toMatchObject({ searchSamples: 4, screeningEvaluates: true });
    // Labels tell more than outputs do.
    expect(plan(100, 0)).toMatchObject({ searchSamples: 25, screeningEvaluates: false });
    // An evaluation takes more samples than any screening.
    expect(plan(40, 32)).toMatchObject({ searchSamples: 62, screeningEvaluates: false });
  });

  it('keeps an evaluation within a 24th of the budget, or a 12th for few samples', () => {
    const amount = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(amount, amount, fc.double({ min: 0, max: 5000, noNaN: true }), (search, calibration, msPerSample) => {
        const plan = planSearch({
          budgetMs: 60_000,
          msPerSample,
          openMs: 100,
          screenedSamples: 0,
          available: { search, calibration },
        });
        expect(plan.searchSamples).toBeLessThanOrEqual(search);
        expect(plan.calibrationSamples).toBeLessThanOrEqual(calibration);
        expect(plan.searchSamples).toBeGreaterThanOrEqual(Math.min(4, search));
        const mostMs = plan.searchSamples > 16 ? 2500 : 5000;
        if (plan.isSlow && plan.searchSamples > 4) expect(plan.searchSamples * msPerSample).toBeLessThanOrEqual(mostMs);
        expect(plan.isSlow).toBe(plan.searchSamples < search);
        if (plan.isSlow) expect(plan.searchSamples).toBeLessThan(256);
      }),
    );
  });
});
