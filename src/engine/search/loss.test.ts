import { describe, expect, it } from 'vitest';
import type { Accuracy, Evaluation } from '../metrics/evaluation';
import { doubtOf } from '../metrics/accuracy-warnings';
import { confirmationOf, fewestConfirming, lossOf } from './loss';

const outputMatch = {
  sqnrDb: 40,
  identical: false,
  valid: true,
  comparable: true,
  inputs: 'data',
  samples: 200,
  perOutput: [{ name: 'y', agreement: { value: 0.98, interval: [0.95, 0.99] } }],
} as unknown as NonNullable<Evaluation['outputMatch']>;
const accuracy: Accuracy = {
  task: { kind: 'classification', output: 'y' },
  metrics: { top1: { value: 0.97, interval: [0.94, 0.99] } },
};
const original = { variant: 'original', ep: 'wasm', samples: 200, accuracy } as unknown as Evaluation;
const candidate: Evaluation = {
  ...original,
  variant: 'one',
  outputMatch,
  difference: { metric: 'top1', value: 0.06, interval: [0.01, 0.1] },
};

describe('the loss of a candidate', () => {
  it('is told by labels, unless the original itself is hardly ever right by them', () => {
    expect(lossOf(original, candidate)).toMatchObject({ of: 'accuracy', value: -0.06 });
    const warnings = [{ code: 'class-order', message: 'The classes stand in another order.' }] as const;
    const doubtful = { ...original, accuracy: { ...accuracy, warnings } };
    expect(doubtOf(doubtful)).toBe('The classes stand in another order.');
    const loss = lossOf(doubtful, candidate)!;
    expect(loss.of).toBe('answers');
    expect(loss.value).toBeCloseTo(0.02);
    expect(lossOf(original, candidate, true)).toEqual(loss);
  });
});

describe('the fewest samples that confirm', () => {
  it.each(['accuracy', 'answers'] as const)('are as many as one that loses nothing needs, of %s', (of) => {
    for (const accuracyLoss of [0.005, 0.01, 0.05]) {
      const limits = { accuracyLoss, sqnrDb: 30 };
      const least = fewestConfirming({ of }, limits);
      const lossless = (samples: number) =>
        ({ of, value: 0, interval: [0, 0], samples, inputs: 'data', onlyOriginal: 0, onlyVariant: 0 }) as const;
      expect(confirmationOf(lossless(least), limits, 0.025)).toBe('confirmed');
      expect(confirmationOf(lossless(least - 1), limits, 0.025)).toBe('consistent');
    }
    expect(fewestConfirming({ of }, { accuracyLoss: 0, sqnrDb: 30 })).toBe(Infinity);
  });

  it('are told of shares of samples alone', () => {
    expect(fewestConfirming({ of: 'outputs' }, { accuracyLoss: 0.01, sqnrDb: 30 })).toBe(1);
  });
});
