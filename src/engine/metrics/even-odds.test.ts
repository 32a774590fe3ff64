import { expect, it } from 'vitest';
import { EvenOddsJudge } from './even-odds';

const outputsOf = (...scores: readonly number[]) => ({
  y: { dtype: 'float32', dims: [scores.length, 1], data: Float32Array.from(scores) },
});
const labelsOf = (...truths: readonly number[]) => truths.map((truth) => Float64Array.of(truth));

function judgeOf(scores: readonly number[], truths: readonly number[]): EvenOddsJudge {
  const judge = new EvenOddsJudge('y', scores.length);
  judge.add(outputsOf(...scores), labelsOf(...truths));
  return judge;
}

it('takes 0.5 for even odds while all scores lie between 0 and 1', () => {
  const judge = judgeOf([0, 0.4, 0.6, 1], [0, 0, 1, 1]);
  expect(judge.accuracy().task).toEqual({ kind: 'binary', output: 'y', threshold: 0.5 });
  expect(judge.accuracy().metrics.accuracy?.value).toBe(1);
});

it('takes 0 once a score lies beyond, and judges the samples of before by it too', () => {
  const judge = judgeOf([0.2, 0.4], [1, 1]);
  expect(judge.accuracy().metrics.accuracy?.value).toBe(0);
  judge.add(outputsOf(-3), labelsOf(0));
  expect(judge.accuracy().task).toMatchObject({ threshold: 0 });
  expect(judge.accuracy().metrics.accuracy?.value).toBe(1);
  expect(judge.samples).toBe(3);
});

it('learns from samples without a usable label, and nothing from NaN', () => {
  const judge = new EvenOddsJudge('y', 3);
  judge.add(outputsOf(Number.NaN, 0.7), labelsOf(0, 1));
  expect(judge.accuracy()).toMatchObject({ task: { threshold: 0.5 }, undecided: 1 });
  judge.add(outputsOf(1.5), [null]);
  expect(judge.accuracy()).toMatchObject({ task: { threshold: 0 } });
  expect(judge.samples).toBe(2);
});

it('judges a variant by what the original’s scores say', () => {
  const original = judgeOf([-2, 0.3], [0, 1]);
  const variant = judgeOf([0.1, 0.3], [0, 1]);
  expect(variant.settled(original).accuracy().task).toMatchObject({ threshold: 0 });
  expect(variant.settled(original).correct).toEqual(Uint8Array.of(0, 1));
});
