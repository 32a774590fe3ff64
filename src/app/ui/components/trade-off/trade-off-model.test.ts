import { describe, expect, it } from 'vitest';
import { describeStanding } from '../../../../engine/search/describe-search';
import { judgedCandidate as candidate, timingOf } from '../../../../engine/search/testing/made-candidate';
import { usualGoal } from '../../../../engine/search/search-goal';
import { resultOf, type SearchState } from '../../../../engine/search/search-journal';
import { tradeOffOf } from './trade-off-model';

const stateOf = (...candidates: SearchState['candidates']): SearchState => ({
  goal: usualGoal,
  originalBytes: 1000,
  samples: { search: 1200, confirm: 0 },
  candidates,
  leftOut: [],
  stopReason: 'finished',
  spentMs: 1000,
});

describe('the trade-off', () => {
  const small = candidate('small', { sizeBytes: 200, loss: { value: 0.002, interval: [-0.001, 0.005] } });
  const large = candidate('large', { sizeBytes: 300 });

  it('marks the original, the best and the rest, in points, and draws no line through what is beaten', () => {
    const { marks, frontier, limit } = tradeOffOf(resultOf(stateOf(large, small)));
    expect(marks.map(({ id, role, lost }) => [id, role, lost])).toEqual([
      ['original', 'original', 0],
      ['large', 'other', 0],
      ['small', 'best', 0.2],
    ]);
    expect(frontier.map(({ sizeBytes }) => sizeBytes)).toEqual([200, 1000]);
    expect(limit).toBe(1);
  });

  it('draws the line past what only its speed keeps from being beaten', () => {
    const loss = { value: 0.015, interval: [0.006, 0.025] } as const;
    const fast = candidate('fast', { sizeBytes: 500, loss, timing: timingOf(1.3) });
    const { marks, frontier } = tradeOffOf(resultOf(stateOf(small, fast)));
    expect(marks.find(({ id }) => id === 'fast')?.role).toBe('frontier');
    expect(frontier.map(({ sizeBytes }) => sizeBytes)).toEqual([200, 1000]);
  });

  it('shows no point for what is wrong or was not judged, and says what became of it', () => {
    const wrong = candidate('wrong', { stage: 'failed', reason: 'Its outputs are wrong.' });
    const result = resultOf(stateOf(small, wrong, { ...large, loss: undefined, stage: 'screened' }));
    expect(tradeOffOf(result).marks.map(({ id }) => id)).toEqual(['original', 'small']);
    expect(result.candidates.map((each) => describeStanding(each, result))).toEqual([
      'Recommended, not checked on other samples',
      'Its outputs are wrong.',
      'Made, not judged yet',
    ]);
  });

  it('says by how many samples its points were chosen and checked', () => {
    const confirmed = { ...large.loss!, samples: 800, word: 'confirmed' as const };
    const subtitle = (facts: object) =>
      tradeOffOf(resultOf(stateOf({ ...large, confirmed: { ...confirmed, ...facts } }))).subtitle;
    expect(subtitle({})).toBe('Chosen by 1,200 samples, checked on 800 others; WASM, 95 % intervals');
    expect(subtitle({ isPlanned: true, samples: 2000 })).toContain('checked on up to 2,000;');
  });

  it('never calls accuracy what has no labels', () => {
    const answers = candidate('answers', { loss: { of: 'answers', value: 0.01, interval: [0.005, 0.02] } });
    const { title } = tradeOffOf(resultOf(stateOf(answers)));
    expect(title).toBe('Size against answers changed, in %');
  });
});
