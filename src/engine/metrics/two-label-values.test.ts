import { expect, it } from 'vitest';
import { TwoLabelValues } from './regression';

function warningOf(labels: readonly (readonly number[])[], predictions: readonly number[]) {
  const values = new TwoLabelValues();
  for (let turn = 0; turn < 5; turn++) {
    labels.forEach((label, index) => values.add(Float64Array.from(label), [predictions[index]!]));
  }
  return values.warning('y');
}

it.each([
  ['logits and −1 and 1', [[-1], [1]], [-2.5, 3], { threshold: 0, positive: '1' }],
  ['probabilities and −1 and 1', [[-1], [1]], [0.2, 1], { threshold: 0.5, positive: '1' }],
  ['probabilities and 1 and 2', [[1], [2]], [0, 0.9], { threshold: 0.5, positive: '2' }],
  ['predictions of 1 and 2 themselves', [[1], [2]], [1.1, 1.9], { threshold: 1.5, positive: '2' }],
])('proposes yes or no for %s', (_, labels, predictions, task) => {
  const warning = warningOf(labels, predictions);
  expect(warning).toMatchObject({ code: 'two-values', task: { kind: 'binary', output: 'y', ...task } });
  const shown = labels.map(([value]) => String(value).replace('-', '−'));
  expect(warning?.message).toContain(`The labels of all 10 samples are ${shown.join(' or ')}, so`);
});

it.each([
  ['one value', [[1], [1]]],
  ['three values', [[1], [2], [3]]],
  ['a label that is not a number', [[1], [Number.NaN]]],
  [
    'labels of several numbers',
    [
      [1, 2],
      [2, 1],
    ],
  ],
])('says nothing of %s', (_, labels) => {
  expect(warningOf(labels, [0.1, 0.9, 0.5])).toBeUndefined();
});

it('says nothing of few samples, and of outputs that are no numbers', () => {
  const values = new TwoLabelValues();
  values.add(Float64Array.of(1), [0.2]);
  values.add(Float64Array.of(2), [0.8]);
  expect(values.warning('y')).toBeUndefined();
  expect(warningOf([[1], [2]], [Number.NaN, Infinity])).toBeUndefined();
});
