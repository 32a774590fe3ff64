import { describe, expect, it } from 'vitest';
import { describeRatio, describeVerdict } from './describe-comparison';

describe('words for a comparison', () => {
  it('says how many times faster', () => {
    expect(describeVerdict({ verdict: 'faster', ratio: 1.523, pairs: 60 })).toBe('1.52× faster');
  });

  it('turns a slowdown round so that number and word agree', () => {
    expect(describeVerdict({ verdict: 'slower', ratio: 0.5, pairs: 60 })).toBe('2.00× slower');
    expect(describeRatio({ verdict: 'slower', ratio: 0.5, interval: [0.4, 0.625] })).toBe('2.00× (1.60–2.50)');
  });

  it('claims no number within the noise or for wrong outputs', () => {
    expect(describeVerdict({ verdict: 'no-difference', ratio: 1.02, pairs: 60 })).toBe('no measurable difference');
    expect(describeVerdict({ verdict: 'invalid', ratio: 3, pairs: 60 })).toBe('output wrong');
  });

  it('does not call it no difference when there were too few pairs to find one', () => {
    expect(describeVerdict({ verdict: 'no-difference', ratio: 0.45, pairs: 11 })).toBe('too few runs to decide');
    expect(describeVerdict({ verdict: 'no-difference', ratio: 1.02, pairs: 12 })).toBe('no measurable difference');
  });
});
