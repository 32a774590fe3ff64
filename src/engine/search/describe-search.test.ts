import { describe, expect, it } from 'vitest';
import { describeSearch } from './describe-search';
import { usualGoal } from './search-goal';
import { resultOf, type SearchState } from './search-journal';
import { judgedCandidate } from './testing/made-candidate';

const state: SearchState = {
  goal: usualGoal,
  originalBytes: 1000,
  samples: { search: 1200, confirm: 0 },
  candidates: [judgedCandidate('Simplified')],
  leftOut: [],
  stopReason: 'finished',
  spentMs: 1000,
};
const textOf = (change: Partial<SearchState>): string =>
  describeSearch(resultOf({ ...state, ...change })).replaceAll('\u00a0', ' ');

describe('a search in words', () => {
  it('is what it recommends, and what that costs', () => {
    expect(textOf({})).toMatch(/^Simplified: 2\.00× smaller, speed not measured\. No measurable loss of accuracy/);
  });

  it('says why nothing was tried', () => {
    const reason = 'It needs samples to calibrate with, and there is no data.';
    const leftOut = ['mixed-weights', 'mixed-static'].map((id) => ({ id, reason }));
    expect(textOf({ candidates: [], leftOut })).toBe(`Nothing was tried. ${reason}`);
  });

  it('says why labels did not judge', () => {
    expect(textOf({ doubt: 'Top-1 is 4 %.' })).toMatch(/Judged by equal answers, not by labels: Top-1 is 4 %\.$/);
  });

  it('that was broken off, by a person or a reload, says so, and what it had found', () => {
    for (const stopReason of ['cancelled', null] as const) {
      expect(textOf({ stopReason })).toMatch(/^The search was broken off\. Simplified: 2\.00× smaller/);
      expect(textOf({ stopReason, candidates: [] })).toBe('The search was broken off. Nothing was judged until then.');
    }
    expect(textOf({ stopReason: 'time', candidates: [] })).toContain('Give it more time.');
  });
});
