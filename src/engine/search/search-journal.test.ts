import { expect, it } from 'vitest';
import { afterEvent, stopReasonOf, type SearchState } from './search-journal';
import { judgedCandidate } from './testing/made-candidate';
import { usualGoal } from './search-goal';

it('says that the time was over where something was left for want of it, though some remains', () => {
  const begun: SearchState = {
    goal: usualGoal,
    originalBytes: 1000,
    samples: { search: 0, confirm: 0 },
    candidates: [judgedCandidate('a')],
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
