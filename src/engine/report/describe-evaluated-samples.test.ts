import { describe, expect, it } from 'vitest';
import { describeEvaluatedSamples } from './describe-evaluated-samples';
import { exampleEvaluated } from './testing/evaluation-source';

type Split = typeof exampleEvaluated.data.split;

function data(samples: number, split: Partial<Split> = {}) {
  return { ...exampleEvaluated.data, samples, split: { seed: 1, calibration: 0, evaluation: null, ...split } };
}

describe('describeEvaluatedSamples', () => {
  it('counts those that were skipped apart from those that were evaluated', () => {
    const figures = { samples: 124, skipped: 7 };
    expect(describeEvaluatedSamples(data(163, { calibration: 32 }), figures)).toBe(
      '124 of 163 evaluated, 7 skipped because they could not be read or used, 32 held out, seed 1',
    );
    expect(describeEvaluatedSamples(data(10), { samples: 9, skipped: 1 })).toBe(
      '9 of 10 evaluated, 1 skipped because it could not be read or used',
    );
  });

  it('names the seed only if samples were drawn', () => {
    expect(describeEvaluatedSamples(data(1000), { samples: 1000, skipped: 0 })).toBe('all 1,000 evaluated');
    expect(describeEvaluatedSamples(data(1000, { evaluation: 50, seed: 3 }), { samples: 50, skipped: 0 })).toBe(
      '50 of 1,000 evaluated, seed 3',
    );
  });

  it('describes the rest of the split if nothing was evaluated', () => {
    expect(describeEvaluatedSamples(data(163, { calibration: 32 }), undefined)).toBe(
      '131 of 163 evaluated, 32 held out, seed 1',
    );
    expect(describeEvaluatedSamples(data(10, { calibration: 32 }), undefined)).toBe(
      '0 of 10 evaluated, 10 held out, seed 1',
    );
  });
});
