import { describe, expect, it } from 'vitest';
import { refuseIdleLimits, withoutIdleLimits } from './output-limits';
import { parseLimits, usualGoal } from './search-goal';

describe('limits as texts', () => {
  it('are in the unit of the kind of outputs, in both spellings', () => {
    expect(parseLimits(['cosineLoss=0.002', 'neighborLoss=0.01', 'sqnrDb=30'])).toEqual({
      accuracyLoss: 0.01,
      cosineLoss: 0.002,
      neighborLoss: 0.01,
      sqnrDb: 30,
    });
    expect(parseLimits(['stepLoss=0', 'overlapLoss=0.1', 'latencyMs=5', 'sizeBytes=1e6'])).toMatchObject({
      stepLoss: 0,
      overlapLoss: 0.1,
    });
    expect(parseLimits([])).toEqual(usualGoal.limits);
    expect(parseLimits(['0.02'])).toEqual({ accuracyLoss: 0.02 });
  });

  it('are refused if they are no amounts, or no shares', () => {
    expect(() => parseLimits(['neighborLoss=2'])).toThrow('must be a number from 0 to 1, not “2”');
    expect(() => parseLimits(['cosineLoss=-1'])).toThrow('must be a number of 0 or more');
    expect(() => parseLimits(['cosine=1'])).toThrow('There is no limit “cosine”. Limits: accuracyLoss, cosineLoss,');
  });
});

describe('limits on outputs of one kind', () => {
  const outputs = [{ name: 'y', kind: 'scores', reason: 'it ends in Gemm' }] as const;
  const limits = { ...usualGoal.limits, cosineLoss: 0.1, sqnrDb: 30 };

  it('are refused if no output is of it', () => {
    expect(() => refuseIdleLimits(limits, outputs)).toThrow(
      'The limit cosineLoss needs an output of the kind embedding. This model has none: y is scores (it ends in Gemm). Set the kind with --output-kind <output>=embedding',
    );
    expect(() => refuseIdleLimits(limits, [{ ...outputs[0], kind: 'embedding' }])).not.toThrow();
    expect(() => refuseIdleLimits({ ...usualGoal.limits, sqnrDb: 30 }, outputs)).not.toThrow();
  });

  it('are left out in the page', () => {
    expect(withoutIdleLimits(limits, ['scores'])).toEqual({ accuracyLoss: 0.01, sqnrDb: 30 });
    expect(withoutIdleLimits(limits, ['scores', 'embedding'])).toEqual(limits);
  });
});
