import { expect, it } from 'vitest';
import { LabelFit } from './label-fit';

function fitOf(usable: number, problems: readonly string[]): LabelFit {
  const fit = new LabelFit();
  for (let at = 0; at < usable; at++) fit.add(undefined);
  problems.forEach((problem) => fit.add(problem));
  return fit;
}

it('does not warn of a few unusable labels', () => {
  expect(fitOf(0, []).warning()).toBeUndefined();
  expect(fitOf(100, []).warning()).toBeUndefined();
  expect(
    fitOf(
      91,
      Array.from({ length: 9 }, () => 'Its label is empty.'),
    ).warning(),
  ).toBeUndefined();
});

it('warns of many, with the most common lack', () => {
  const problems = ['Its label is empty.', 'Its label has two ones.', 'Its label has two ones.'];
  expect(fitOf(1, problems).warning()).toEqual({
    code: 'unusable-labels',
    message: 'Only 1 of 4 samples could be evaluated. Most common reason: Its label has two ones.',
  });
});
