import { describe, expect, it } from 'vitest';
import { describeRatio, describeVerdict, toneOfMatch, toneOfVerdict } from './verdict-tone';

describe('verdicts', () => {
  it('says how many times faster', () => {
    expect(describeVerdict({ verdict: 'faster', ratio: 1.523 })).toBe('1.52× faster');
  });

  it('turns a slowdown round so that number and word agree', () => {
    expect(describeVerdict({ verdict: 'slower', ratio: 0.5 })).toBe('2.00× slower');
    expect(describeRatio({ verdict: 'slower', ratio: 0.5, interval: [0.4, 0.625] })).toBe('2.00× (1.60–2.50)');
  });

  it('claims no number within the noise or for wrong outputs', () => {
    expect(describeVerdict({ verdict: 'no-difference', ratio: 1.02 })).toBe('no measurable difference');
    expect(describeVerdict({ verdict: 'invalid', ratio: 3 })).toBe('output wrong');
    expect(toneOfVerdict('invalid')).toBe('invalid');
  });

  it('calls no speed-up better when the outputs differ strongly', () => {
    const at = (sqnrDb: number) => ({ valid: true, identical: false, sqnrDb });
    expect(toneOfVerdict('faster', at(41))).toBe('better');
    expect(toneOfVerdict('faster', at(5.1))).toBe('noise');
    expect([41, 24, 18, 5.1].map((sqnrDb) => toneOfMatch(at(sqnrDb)))).toEqual([null, null, 'noise', 'worse']);
  });
});
