import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planEvaluation } from './plan-evaluation';

/** Models are evaluated in groups of three. */
const ofThree = (candidates: number) => Math.ceil(candidates / 3);

describe('how much is evaluated', () => {
  it('is everything if there is time', () => {
    expect(planEvaluation(8, 1200, { originalRuns: () => 1, msPerSample: 0.5, leftMs: 20_000 })).toEqual({
      evaluated: 8,
      samples: 1200,
    });
  });

  it('is fewer candidates before too few samples', () => {
    expect(planEvaluation(12, 1200, { originalRuns: ofThree, msPerSample: 10, leftMs: 8_000 })).toEqual({
      evaluated: 3,
      samples: 200,
    });
  });

  it('fits the time, but for the least that says anything', () => {
    const amount = fc.integer({ min: 1, max: 3000 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        amount,
        amount,
        amount,
        (candidates, samples, msPerSample, leftMs) => {
          const plan = planEvaluation(candidates, samples, { originalRuns: ofThree, msPerSample, leftMs });
          expect(plan.evaluated).toBeLessThanOrEqual(candidates);
          expect(plan.samples).toBeLessThanOrEqual(samples);
          if (plan.samples > 16) expect(plan.evaluated * plan.samples * msPerSample).toBeLessThanOrEqual(leftMs);
        },
      ),
    );
  });
});
