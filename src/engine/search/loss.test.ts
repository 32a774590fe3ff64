import { describe, expect, it } from 'vitest';
import type { Accuracy, Evaluation } from '../metrics/evaluation';
import { doubtOf } from '../metrics/accuracy-warnings';
import type { ComparedOutput } from '../metrics/evaluation';
import {
  brokenRequirements,
  confirmationOf,
  fewestConfirming,
  limitOf,
  lossOf,
  lossOfMatch,
  screeningOf,
} from './loss';
import { usualGoal } from './search-goal';

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

  it('is points of mAP, or of the character error rate', () => {
    const by = (metric: string, value: number) =>
      lossOf(original, { ...candidate, difference: { metric, value, interval: [value, value] } });
    expect(by('map', -0.02)).toMatchObject({ of: 'accuracy', value: 0.02, interval: [0.02, 0.02] });
    expect(by('cer', 0.02)).toMatchObject({ of: 'accuracy', value: 0.02, interval: [0.02, 0.02] });
    expect(confirmationOf(by('map', 0)!, { accuracyLoss: 0.01 })).toBe('consistent');
    // Scores that all fade keep their order, and so mAP.
    const faded = ofOutputs({ kind: 'boxes', boxAgreement: estimate(0.1, 0.05) });
    const difference = { metric: 'map', value: 0, interval: [0, 0] } as const;
    expect(lossOf(original, { ...candidate, difference, outputMatch: faded })).toMatchObject({
      of: 'answers',
      kind: 'boxes',
    });
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

const estimate = (value: number, half: number) => ({ value, interval: [value - half, value + half] }) as const;
const ofOutputs = (...perOutput: Partial<ComparedOutput>[]) => {
  const none = { reason: '', klDivergence: null, agreement: null };
  const named = perOutput.map((output, index) => ({ ...none, name: `y${index}`, ...output })) as ComparedOutput[];
  return { ...outputMatch, perOutput: named };
};
const embedding = ofOutputs({
  kind: 'embedding',
  cosineLoss: estimate(0.001, 0.0002),
  neighborAgreement: { value: 0.97, interval: [0.95, 0.98] },
});

describe('the loss of outputs', () => {
  it('has no SQNR if nothing differs or nothing can be compared', () => {
    for (const sqnrDb of [Infinity, null]) {
      expect(lossOfMatch({ ...embedding, sqnrDb })?.figures).not.toHaveProperty('sqnrDb');
    }
    expect(lossOfMatch(embedding)?.figures?.sqnrDb).toEqual({ value: 40, interval: null });
  });

  it('is in the unit of the kind of outputs', () => {
    expect(lossOfMatch(embedding)).toMatchObject({ of: 'cosine', value: 0.001, kind: 'embedding', samples: 200 });
    expect(screeningOf(embedding)).toMatchObject({ klDivergence: null, cosineLoss: 0.001 });
    const map = ofOutputs({ kind: 'map', overlap: estimate(0.9, 0.02) });
    expect(lossOfMatch(map)).toMatchObject({ of: 'outputs', kind: 'map' });
    expect(lossOfMatch(map)?.figures?.overlapLoss?.value).toBeCloseTo(0.1);
    const steps = { agreement: estimate(0.9, 0.01), stepAgreement: estimate(0.99, 0.001) };
    expect(lossOfMatch(ofOutputs({ kind: 'sequence', ...steps }))).toMatchObject({ of: 'answers', kind: 'sequence' });
    // On random inputs only the error counts.
    expect(lossOfMatch({ ...embedding, inputs: 'synthetic' })?.of).toBe('outputs');
  });

  it('is the boxes that are not found again, which few pictures do not confirm', () => {
    const boxes = (value: number, samples: number) =>
      lossOfMatch({ ...ofOutputs({ kind: 'boxes', boxAgreement: { value, interval: [value, value] } }), samples })!;
    expect(boxes(0.97, 200)).toMatchObject({ of: 'answers', kind: 'boxes', samples: 200 });
    expect(boxes(0.97, 200).value).toBeCloseTo(0.03);
    const limits = { accuracyLoss: 0.01 };
    expect(confirmationOf(boxes(0.97, 200), limits)).toBe('contradicted');
    expect(confirmationOf(boxes(1, 20), limits)).toBe('consistent');
    expect(confirmationOf(boxes(1, 2000), limits)).toBe('confirmed');
  });

  it('is that of the worst output', () => {
    const two = ofOutputs(
      { kind: 'embedding', cosineLoss: estimate(0.001, 0) },
      { kind: 'embedding', cosineLoss: estimate(0.003, 0) },
    );
    expect(lossOfMatch(two)?.value).toBe(0.003);
  });

  it('of one sample has no interval, and none is below zero', () => {
    const one = ofOutputs({ kind: 'embedding', cosineLoss: { value: 0.001, interval: [-Infinity, Infinity] } });
    expect(lossOfMatch(one)?.interval).toBeNull();
    const wide = ofOutputs({ kind: 'embedding', cosineLoss: { value: 0.001, interval: [-0.001, 0.003] } });
    expect(lossOfMatch(wide)?.interval).toEqual([0, 0.003]);
  });
});

describe('limits on outputs', () => {
  const loss = lossOfMatch(embedding)!;
  const { limits } = usualGoal;

  it('are those of the kind if none is set', () => {
    expect(limitOf({ of: 'cosine' }, limits)).toBe(0.002);
    expect(limitOf({ of: 'outputs' }, limits)).toBeCloseTo(0.1, 15);
    expect(limitOf({ of: 'answers' }, limits)).toBe(0.01);
    expect(confirmationOf(loss, limits, 0.025)).toBe('confirmed');
    expect(confirmationOf({ ...loss, value: 0.0021 }, limits)).toBe('contradicted');
    expect(confirmationOf({ ...loss, interval: [0, 0.004] }, limits, 0.025)).toBe('consistent');
  });

  it('are kept by every figure that one is set on', () => {
    const broken = (more: Partial<typeof limits>) =>
      brokenRequirements(loss, { ...limits, ...more }).map(({ limit }) => limit);
    expect(broken({ cosineLoss: 0.0005 })).toEqual(['cosineLoss']);
    expect(broken({ neighborLoss: 0.01 })).toEqual(['neighborLoss']);
    expect(broken({ neighborLoss: 0.05 })).toEqual([]);
    expect(broken({ cosineLoss: 0.0005, neighborLoss: 0.01, sqnrDb: 45 })).toEqual([
      'cosineLoss',
      'sqnrDb',
      'neighborLoss',
    ]);
  });

  it('of one that is set stand for the usual one', () => {
    const far = { ...loss, value: 0.1, interval: [0.09, 0.11] as const };
    expect(brokenRequirements(far, { ...limits, neighborLoss: 0.05 })).toEqual([]);
    expect(brokenRequirements(far, { ...limits, sqnrDb: 35 })).toEqual([]);
    // One on what embeddings do not have does not.
    expect(brokenRequirements(far, { ...limits, overlapLoss: 0.05 })).toHaveLength(1);
    // The share of neighbors has to be confirmed then.
    expect(confirmationOf(far, { ...limits, neighborLoss: 0.05 }, 0.025)).toBe('confirmed');
    expect(confirmationOf(far, { ...limits, neighborLoss: 0.035 }, 0.025)).toBe('consistent');
  });

  it('in dB hold for every kind', () => {
    const answers = lossOfMatch(ofOutputs({ kind: 'scores', agreement: { value: 1, interval: [0.98, 1] } }))!;
    expect(confirmationOf(answers, limits)).toBe('consistent');
    expect(brokenRequirements(answers, { ...limits, sqnrDb: 39 })).toEqual([]);
    expect(brokenRequirements(answers, { ...limits, sqnrDb: 41 })).toEqual([
      { limit: 'sqnrDb', value: 40, allowed: 41 },
    ]);
    expect(brokenRequirements(lossOf(original, candidate)!, { ...limits, sqnrDb: 41 })).toHaveLength(1);
  });
});
