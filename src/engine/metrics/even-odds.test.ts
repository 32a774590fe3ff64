import { expect, it } from 'vitest';
import { EvenOddsScorer } from './even-odds';

const outputsOf = (...scores: readonly number[]) => ({
  y: { dtype: 'float32', dims: [scores.length, 1], data: Float32Array.from(scores) },
});
const labelsOf = (...truths: readonly number[]) => truths.map((truth) => Float64Array.of(truth));

function scorerOf(scores: readonly number[], truths: readonly number[]): EvenOddsScorer {
  const scorer = new EvenOddsScorer('y', scores.length);
  scorer.add(outputsOf(...scores), labelsOf(...truths));
  return scorer;
}

it('takes 0.5 for even odds while all scores lie between 0 and 1', () => {
  const scorer = scorerOf([0, 0.4, 0.6, 1], [0, 0, 1, 1]);
  expect(scorer.accuracy().task).toEqual({ kind: 'binary', output: 'y', threshold: 0.5 });
  expect(scorer.accuracy().metrics.accuracy?.value).toBe(1);
});

it('uses the threshold 0 once a score lies beyond 1, also for earlier samples', () => {
  const scorer = scorerOf([0.2, 0.4], [1, 1]);
  expect(scorer.accuracy().metrics.accuracy?.value).toBe(0);
  scorer.add(outputsOf(-3), labelsOf(0));
  expect(scorer.accuracy().task).toMatchObject({ threshold: 0 });
  expect(scorer.accuracy().metrics.accuracy?.value).toBe(1);
  expect(scorer.samples).toBe(3);
});

it('learns from samples without a usable label, and nothing from NaN', () => {
  const scorer = new EvenOddsScorer('y', 3);
  scorer.add(outputsOf(Number.NaN, 0.7), labelsOf(0, 1));
  expect(scorer.accuracy()).toMatchObject({ task: { threshold: 0.5 }, undecided: 1 });
  scorer.add(outputsOf(1.5), [null]);
  expect(scorer.accuracy()).toMatchObject({ task: { threshold: 0 } });
  expect(scorer.samples).toBe(2);
});

it('scores a variant by the threshold of the original', () => {
  const original = scorerOf([-2, 0.3], [0, 1]);
  const variant = scorerOf([0.1, 0.3], [0, 1]);
  expect(variant.settled(original).accuracy().task).toMatchObject({ threshold: 0 });
  expect(variant.settled(original).correct).toEqual(Uint8Array.of(0, 1));
});
