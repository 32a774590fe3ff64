import { describe, expect, it } from 'vitest';
import { toneOfMatch, toneOfVerdict } from './verdict-tone';

describe('verdicts', () => {
  it('marks wrong outputs as such', () => {
    expect(toneOfVerdict('invalid')).toBe('invalid');
  });

  it('does not mark outputs as a fault that cannot be compared', () => {
    expect(toneOfMatch({ valid: false, comparable: false, identical: false, sqnrDb: -3 })).toBe('open');
  });

  it('calls no speed-up better when the outputs differ strongly', () => {
    const at = (sqnrDb: number) => ({ valid: true, identical: false, sqnrDb });
    expect(toneOfVerdict('faster', at(41))).toBe('better');
    expect(toneOfVerdict('faster', at(5.1))).toBe('open');
    expect([41, 24, 18, 5.1].map((sqnrDb) => toneOfMatch(at(sqnrDb)))).toEqual([null, null, 'open', 'worse']);
  });

  it('tells an unknown speed from an equal one', () => {
    expect([toneOfVerdict('same'), toneOfVerdict('undecided')]).toEqual(['noise', 'open']);
  });
});
