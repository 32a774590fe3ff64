import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairedProportionDifference } from '../metrics/proportion-interval';
import { createSeededRandom } from '../seeded-random';
import { mayDominate } from './dominance';
import { lossOfDifference, type Loss } from './loss';
import {
  describeClaim,
  describeSettling,
  isBeyond,
  isNoDifference,
  lossVerdict,
  lossWord,
  lossWords,
  nameOfBest,
  shortVerdict,
  toneOfLoss,
  type LossWord,
} from './loss-verdict';
import { primaryAction, type VariantStanding } from './primary-action';
import { isNotablySmaller, sizeWord } from './size-verdict';

const loss = (value: number, interval: readonly [number, number] | null, samples: number): Loss => ({
  ...{ of: 'accuracy', value, interval, samples, inputs: 'data' },
});
const standing: VariantStanding = {
  ...{ isStale: false, isUnchanged: false, gains: true, isWrong: false },
  ...{ word: 'within', lacksEvaluation: false, isMeasured: true },
};
const points = (...shares: number[]) => shares.map((share) => share / 100);

interface Row {
  readonly samples: number;
  readonly value: number;
  readonly interval: readonly [number, number];
  readonly limit: number;
  readonly word: LossWord;
  readonly pill: string;
  readonly headline: string;
  readonly primary: 'download' | 'none';
}

/** Losses in points. Word, pill, headline and filled button follow from samples, interval and limit alone. */
const table: readonly Row[] = [
  {
    ...{ samples: 2000, value: 0.1, interval: [-0.3, 0.5], limit: 1, word: 'within', pill: 'no difference' },
    ...{ headline: 'no measurable accuracy loss on 2,000 samples', primary: 'download' },
  },
  {
    ...{ samples: 2000, value: 0.4, interval: [0.1, 0.7], limit: 1, word: 'within', pill: 'within the limit' },
    headline: '0.4 points of accuracy lost on 2,000 samples (0.1 to 0.7), within the limit of 1 point',
    primary: 'download',
  },
  {
    ...{ samples: 500, value: -0.3, interval: [-2, 1.4], limit: 1, word: 'probably-within', pill: 'probably within' },
    headline: '0.3 points of accuracy gained on 500 samples (−2 to 1.4), probably within the limit of 1 point',
    primary: 'none',
  },
  {
    ...{ samples: 16, value: 0, interval: [-19, 19], limit: 1, word: 'too-few-samples', pill: 'too few samples' },
    headline: 'same accuracy on 16 samples (−19 to 19): too few samples for the limit of 1 point',
    primary: 'none',
  },
  {
    ...{ samples: 500, value: 1.9, interval: [0.1, 3.7], limit: 1, word: 'probably-outside', pill: 'probably outside' },
    headline: '1.9 points of accuracy lost on 500 samples (0.1 to 3.7), probably above the limit of 1 point',
    primary: 'none',
  },
  {
    ...{ samples: 2000, value: 1.9, interval: [1.1, 2.7], limit: 1, word: 'outside', pill: 'outside the limit' },
    headline: '1.9 points of accuracy lost on 2,000 samples (1.1 to 2.7), above the limit of 1 point',
    primary: 'none',
  },
  {
    ...{ samples: 500, value: 1.9, interval: [0.1, 3.7], limit: 5, word: 'within', pill: 'within the limit' },
    headline: '1.9 points of accuracy lost on 500 samples (0.1 to 3.7), within the limit of 5 points',
    primary: 'download',
  },
  {
    ...{ samples: 500, value: 0, interval: [0, 0], limit: 0, word: 'within', pill: 'identical' },
    headline: 'same accuracy on 500 samples',
    primary: 'download',
  },
];

describe('a loss against a limit', () => {
  it.each(table)('of $value points ($interval) on $samples samples is $word at $limit', (row) => {
    const [value, low, high, limit] = points(row.value, ...row.interval, row.limit) as [number, number, number, number];
    const measured = loss(value, [low, high], row.samples);
    const verdict = lossVerdict(measured, { limit });
    expect(verdict.word).toBe(row.word);
    expect(shortVerdict(verdict, measured)).toBe(row.pill);
    expect(describeClaim(measured, verdict)).toBe(row.headline);
    expect(verdict.sentence.toLowerCase()).toContain(row.headline.toLowerCase());
    expect(primaryAction({ ...standing, word: verdict.word }, false)).toBe(row.primary);
    expect(toneOfLoss(verdict, measured)).toBe(isBeyond(row.word) ? 'worse' : row.word === 'within' ? 'noise' : 'open');
    // Only what is not settled says what would settle it.
    if (row.word === 'within' || row.word === 'outside') expect(verdict.toSettle).toBeUndefined();
  });

  it('has exactly one word, for any numbers', () => {
    const amount = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(amount, amount, amount, fc.double({ min: 0, max: 0.5, noNaN: true }), (a, b, c, limit) => {
        const [low, value, high] = [a, b, c].toSorted((x, y) => x - y) as [number, number, number];
        const word = lossWord(value, [low, high], limit);
        expect(word === 'within').toBe(high <= limit);
        expect(word === 'outside').toBe(low > limit);
        if (word === 'probably-within') expect(value).toBeLessThanOrEqual(limit);
        if (word === 'probably-outside') expect(value).toBeGreaterThan(limit);
        if (word === 'too-few-samples') expect(high - low).toBeGreaterThan(4 * limit);
        const measured = loss(value, [low, high], 100);
        if (isNoDifference({ word }, measured)) expect(low <= 0 && high >= 0 && high <= limit).toBe(true);
      }),
    );
  });

  it('is not shown by the samples that selected the variant', () => {
    const measured = loss(0, [-0.005, 0.005], 1200);
    const verdict = lossVerdict(measured, { limit: 0.01, unconfirmed: 'selected', isDefaultLimit: true });
    expect(verdict.word).toBe('probably-within');
    expect(verdict.sentence).toContain('the default limit of 1 point. These samples also selected it.');
  });

  it('names the default limit', () => {
    const sentence = (isDefaultLimit: boolean) =>
      lossVerdict(loss(0, [-0.005, 0.005], 1200), { limit: 0.01, isDefaultLimit }).sentence;
    expect(sentence(true)).toBe('No measurable accuracy loss on 1,200 samples, within the default limit of 1 point.');
    expect(sentence(false)).toBe('No measurable accuracy loss on 1,200 samples.');
  });

  it('is unknown on random inputs unless it is above the limit', () => {
    const onNoise = (value: number) => ({ ...loss(value, null, 8), of: 'outputs', inputs: 'synthetic' }) as const;
    for (const value of [0, 0.07]) {
      const verdict = lossVerdict(onNoise(value), { limit: 0.1, isDefaultLimit: true });
      expect([verdict.word, shortVerdict(verdict, onNoise(value))]).toEqual(['unknown', 'accuracy unknown']);
      expect(verdict.sentence).toMatch(/ on 8 random inputs, which do not show the accuracy\.$/);
      expect(primaryAction({ ...standing, word: verdict.word }, false)).toBe('none');
      expect(toneOfLoss(verdict, onNoise(value))).toBe('open');
    }
    expect(lossVerdict(onNoise(0.2), { limit: 0.1 }).word).toBe('outside');
  });

  it('recommends nothing whose loss samples are too few to tell', () => {
    const unsure = lossWords.filter((word) => nameOfBest(word) === 'best so far');
    expect(unsure).toEqual(['unknown', 'too-few-samples']);
    expect(nameOfBest(undefined)).toBe('recommended');
  });

  it('gives the number of samples that would settle it', () => {
    const few = loss(0, [-0.19, 0.19], 16);
    const { toSettle } = lossVerdict(few, { limit: 0.01, available: 160, msPerSample: 188 });
    expect(toSettle).toEqual({ samples: 160, seconds: 30, isOfData: true });
    expect(describeSettling({ toSettle })).toBe('Use all 160 samples (30 s) to settle it.');
    const open = loss(0.005, [-0.005, 0.015], 1000);
    expect(describeSettling(lossVerdict(open, { limit: 0.01, available: 1000 }))).toBe(
      'About 4,000 samples would settle it.',
    );
    expect(describeSettling(lossVerdict(open, { limit: 0.01, available: 2000 }))).toBe(
      'Use all 2,000 samples. About 4,000 would settle it.',
    );
    expect(describeSettling(lossVerdict(loss(0.01, [0, 0.02], 1000), { limit: 0.01 }))).toBe('');
    // Samples that selected the variant never confirm it.
    const selected = { limit: 0.01, available: 372, unconfirmed: 'selected' } as const;
    expect(describeSettling(lossVerdict(loss(-0.01, [-0.03, 0.005], 245), selected))).toBe(
      'About 250 other samples would settle it.',
    );
    expect(describeSettling(lossVerdict(loss(0, [-0.02, 0.011], 245), selected))).toBe(
      'Use all 372 samples. Others can confirm it.',
    );
  });

  it('is wrong about "within" in at most 5 of 100 simulated comparisons at the limit', () => {
    for (const samples of [200, 1000, 5000]) {
      const random = createSeededRandom(samples);
      let wrong = 0;
      for (let repetition = 0; repetition < 1000; repetition++) {
        let [onlyOriginal, onlyVariant] = [0, 0];
        for (let sample = 0; sample < samples; sample++) {
          const drawn = random.next();
          // One point is lost: 2 % only the original gets right, 1 % only the variant. It is just beyond a limit of 0.99 points.
          if (drawn < 0.02) onlyOriginal++;
          else if (drawn < 0.03) onlyVariant++;
        }
        const { value, interval } = pairedProportionDifference(onlyVariant, onlyOriginal, samples);
        const lost = lossOfDifference({ metric: 'top1', value, interval }, samples, undefined)!;
        if (lossVerdict(lost, { limit: 0.0099 }).word === 'within') wrong++;
      }
      expect(wrong, `${samples} samples`).toBeLessThanOrEqual(50);
    }
  });
});

describe('the loss of a difference', () => {
  it('has the sign of a loss in each unit', () => {
    const of = (metric: string, value: number) =>
      lossOfDifference({ metric, value, interval: [value - 0.1, value + 0.2] }, 10, 2);
    expect(of('top1', -0.02)).toMatchObject({ of: 'accuracy', value: 0.02, interval: [0.02 - 0.2, 0.02 + 0.1] });
    expect(of('cer', 0.02)).toMatchObject({ of: 'accuracy', value: 0.02 });
    expect(of('mae', 0.5)).toMatchObject({ of: 'error', value: 0.25 });
    expect(of('perplexity', 0.5)).toMatchObject({ of: 'perplexity', value: 0.25 });
    expect(lossOfDifference({ metric: 'mae', value: 0.5, interval: [0, 1] }, 10, 0)).toBeUndefined();
  });
});

describe('dominance', () => {
  const at = (value: number, word?: LossWord) => ({ loss: { value }, ...(word && { word }) });

  it('needs a loss within the limit, or one that is not larger', () => {
    expect(mayDominate(at(0.009, 'within'), at(0.001, 'within'))).toBe(true);
    expect(mayDominate(at(0.009, 'probably-within'), at(0.001, 'within'))).toBe(false);
    expect(mayDominate(at(0.001, 'probably-within'), at(0.009, 'probably-within'))).toBe(true);
    expect(mayDominate(at(0.019, 'probably-outside'), at(0.03, 'outside'))).toBe(false);
    expect(mayDominate(at(0.02), at(0.01))).toBe(false);
    expect(mayDominate(at(0.01), at(0.02))).toBe(true);
  });
});

describe('the filled button', () => {
  it('offers a download only within the limit, measured, with a gain and nothing in doubt', () => {
    expect(primaryAction(standing, false)).toBe('download');
    expect(primaryAction(standing, true)).toBe('none');
    const others: readonly (readonly [Partial<VariantStanding>, string])[] = [
      [{ gains: false }, 'none'],
      [{ isWrong: true }, 'none'],
      [{ isUnchanged: true }, 'none'],
      [{ lacksEvaluation: true }, 'none'],
      [{ isStale: true }, 'run'],
      [{ isMeasured: false }, 'benchmark'],
      [{ isMeasured: false, word: null }, 'benchmark'],
      [{ word: null }, 'none'],
      [{ isMeasured: false, word: 'outside' }, 'none'],
    ];
    for (const [facts, action] of others) {
      expect(primaryAction({ ...standing, ...facts }, false), JSON.stringify(facts)).toBe(action);
    }
    expect(primaryAction(null, false)).toBe('find');
    expect(primaryAction(null, true)).toBe('none');
  });
});

describe('the word for two sizes', () => {
  it('calls a file that shrank by 27 % smaller', () => {
    expect(sizeWord(90_400, 65_700)).toBe('smaller');
    expect(sizeWord(90_400, 90_300)).toBe('same');
    expect(sizeWord(90_400, 92_000)).toBe('larger');
    expect(isNotablySmaller(100_000, 99_500)).toBe(false);
    expect(isNotablySmaller(100_000, 99_000)).toBe(true);
  });
});
