import { expect, it } from 'vitest';
import type { Candidate, Screening } from './candidate';
import { expectedLosses } from './expected-loss';
import { evaluatedCandidate } from './testing/made-candidate';

const screening = (klDivergence: number | null): Screening => ({
  sqnrDb: 20,
  klDivergence,
  grade: 'close',
  samples: 32,
  inputs: 'data',
});
const evaluated = (id: string, value: number, klDivergence: number | null): Candidate =>
  evaluatedCandidate(id, {
    loss: { value, interval: [value - 0.01, value + 0.01], samples: 600 },
    screening: screening(klDivergence),
  });

it('draws estimates of few samples towards the prediction of the output distance', () => {
  // Losses on 600 samples, where half a point is chance.
  const candidates = [
    evaluated('8 bits', 0, 0.0001),
    evaluated('4 bits', 0.002, 0.002),
    evaluated('fewer channels', 0.01, 0.0035),
    evaluated('half of the channels', 0.0067, 0.012),
  ];
  const expected = expectedLosses(candidates);
  expect(expected.get('fewer channels')).toBeLessThan(0.005);
  expect(expected.get('half of the channels')).toBeGreaterThan(0.0065);
  expect(expected.get('8 bits')).toBeCloseTo(0, 3);
});

it('keeps measured losses with many samples, or without a prediction', () => {
  const sure = evaluatedCandidate('sure', {
    loss: { value: 0.01, interval: [0.0099, 0.0101] },
    screening: screening(0.001),
  });
  const expected = expectedLosses([sure, evaluated('chance', 0, 0.001)]);
  expect(expected.get('sure')).toBeCloseTo(0.01, 4);
  const near = { ...screening(null), sqnrDb: null };
  expect(expectedLosses([{ ...evaluated('alone', 0.004, null), screening: near }]).get('alone')).toBe(0.004);
  expect(expectedLosses([{ ...sure, loss: { ...sure.loss!, interval: null } }]).get('sure')).toBe(0.01);
});
