import { describe, expect, it } from 'vitest';
import type { ComparedOutput, DataMatch } from './evaluation';
import { describeDistance, distanceOf } from './match-distance';

const matchOf = (sqnrDb: number | null, ...perOutput: Partial<ComparedOutput>[]) =>
  ({ sqnrDb, perOutput: perOutput.map((output) => ({ klDivergence: null, agreement: null, ...output })) }) as Pick<
    DataMatch,
    'perOutput' | 'sqnrDb'
  >;
const estimate = (value: number) => ({ value, interval: [value, value] as const });

describe('the distance of outputs', () => {
  it('is the mean divergence if an output is a distribution, with any other outputs', () => {
    const match = matchOf(20, { klDivergence: 0.2 }, { klDivergence: 0.4 }, { cosineLoss: estimate(0.5) });
    expect(distanceOf(match)).toEqual({ of: 'kl', value: expect.closeTo(0.3) as number });
  });

  it('is the mean cosine loss of embeddings, with the neighbors of the worst', () => {
    const embedding = (loss: number, share: number) => ({
      cosineLoss: estimate(loss),
      neighborAgreement: estimate(share),
    });
    const found = distanceOf(matchOf(20, embedding(0.1, 0.9), embedding(0.3, 0.5)));
    expect(found).toEqual({ of: 'cosine', value: expect.closeTo(0.2) as number, neighborAgreement: 0.5 });
    expect(describeDistance(found).replaceAll('\u00a0', ' ')).toMatch(
      /^cosine 0\.80? to the original’s outputs, and 50(\.0)? % of the samples keep/,
    );
    expect(distanceOf(matchOf(20, { cosineLoss: estimate(0.1) }))).not.toHaveProperty('neighborAgreement');
  });

  it('is the error as a share of the signal without either', () => {
    const found = distanceOf(matchOf(20, {}));
    expect(found).toEqual({ of: 'error', value: expect.closeTo(0.01) as number });
    expect(describeDistance(found).replaceAll('\u00a0', ' ')).toBe('output SQNR 20 dB');
  });

  it.each([null, -300])('is endless if outputs cannot be compared: %s dB', (sqnrDb) => {
    expect(distanceOf(matchOf(sqnrDb, { klDivergence: 0 }))).toEqual({ of: 'kl', value: Infinity });
  });
});
