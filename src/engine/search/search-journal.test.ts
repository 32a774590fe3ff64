import { expect, it } from 'vitest';
import { afterEvent, stopReasonOf, type SearchState } from './search-journal';
import { evaluatedCandidate } from './testing/made-candidate';
import { usualGoal } from './search-goal';

it('tests only candidates in sequence that ran before the first test', () => {
  const { screening, loss, ...made } = evaluatedCandidate('a', { sequence: 0, stage: 'made' });
  const begun = { kind: 'begun', goal: usualGoal, basis: '', originalBytes: 1000, leftOut: [] } as const;
  const samples = { search: 600, confirm: 1400 };
  const screened = { kind: 'screened', id: 'a', screening: screening! } as const;
  const early = afterEvent(null, { ...begun, samples, candidates: [made] });
  expect(afterEvent(early, screened).candidates[0]?.sequence).toBe(0);
  const evaluated = { ...made, id: 'b', loss: loss! };
  const chosen = afterEvent(null, { ...begun, samples, candidates: [made, evaluated] });
  expect(afterEvent(chosen, screened).candidates[0]?.sequence).toBe(0);
  const tested = { ...evaluated, confirmed: { ...loss!, word: 'consistent' as const } };
  const late = afterEvent(null, { ...begun, samples, candidates: [made, tested] });
  expect(afterEvent(late, screened).candidates[0]).not.toHaveProperty('sequence');
});

it('evaluates candidates again by answers once the labels contradict the original', () => {
  const samples = { search: 600, confirm: 1400 };
  const loss = evaluatedCandidate('').loss!;
  const candidates = [
    evaluatedCandidate('a', { stage: 'confirmed', confirmed: { ...loss, word: 'confirmed' } }),
    evaluatedCandidate('b', { loss: { of: 'answers' } }),
    evaluatedCandidate('c', { stage: 'failed', reason: 'Its outputs are wrong.' }),
  ];
  const begun = {
    kind: 'begun',
    goal: usualGoal,
    basis: '',
    originalBytes: 1000,
    leftOut: [],
    samples,
    candidates,
  } as const;
  const doubted = afterEvent(afterEvent(null, begun), { kind: 'doubted', doubt: 'Top-1 is 4 %.' });
  expect(doubted.candidates.map(({ stage, loss: left }) => [stage, left?.of])).toEqual([
    ['screened', undefined],
    ['evaluated', 'answers'],
    ['failed', undefined],
  ]);
  expect(doubted.candidates[0]).not.toHaveProperty('confirmed');
});

it('reports that the time was over if candidates were left for lack of it, despite a rest', () => {
  const begun: SearchState = {
    goal: usualGoal,
    originalBytes: 1000,
    samples: { search: 0, confirm: 0 },
    candidates: [evaluatedCandidate('a')],
    leftOut: [],
    stopReason: null,
    spentMs: 0,
  };
  expect(stopReasonOf(begun, 1)).toBe('finished');
  expect(stopReasonOf(begun, 0)).toBe('time');
  const left = { kind: 'left', id: 'a', reason: 'A reason.' } as const;
  expect(stopReasonOf(afterEvent(begun, { ...left, stage: 'held' }), 1)).toBe('time');
  expect(stopReasonOf(afterEvent(begun, { ...left, stage: 'eliminated' }), 1)).toBe('finished');
});
