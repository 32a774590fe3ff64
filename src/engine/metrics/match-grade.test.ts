import { describe, expect, it } from 'vitest';
import { furthestMatch, matchGrade, relativeError } from './match-grade';

const at = (sqnrDb: number) => ({ sqnrDb, identical: sqnrDb === 300, valid: true });

describe('matchGrade', () => {
  it.each([
    [300, 'identical'],
    [120, 'match'],
    [30, 'match'],
    [29.99, 'close'],
    [20, 'close'],
    [19.99, 'noticeable'],
    [10, 'noticeable'],
    [9.99, 'strong'],
    [-4, 'strong'],
    [Number.NaN, 'wrong'],
  ])('%d dB: %s', (sqnrDb, grade) => expect(matchGrade(at(sqnrDb))).toBe(grade));

  it('calls invalid outputs wrong, with any figures', () => {
    expect(matchGrade({ ...at(120), valid: false })).toBe('wrong');
  });

  it('says nothing of outputs that the original does not repeat itself', () => {
    expect(matchGrade({ ...at(-5), valid: false, comparable: false })).toBe('not-comparable');
    expect(matchGrade({ ...at(Number.NaN), valid: false, comparable: false })).toBe('not-comparable');
    expect(matchGrade({ ...at(40), comparable: true })).toBe('match');
  });

  it('has the cosine in it: above 10 dB it cannot be under 0.9486', () => {
    // The worst direction of an error that is √0.1 of the signal is at right angles to the variant.
    const [signal, error] = [1, Math.sqrt(0.1)];
    const angle = Math.asin(error / signal);
    expect(Math.cos(angle)).toBeCloseTo(0.9487, 4);
  });
});

describe('furthestMatch', () => {
  it('puts a wrong one before all others', () => {
    const wrong = { ...at(120), valid: false };
    expect(furthestMatch([at(40), wrong, at(5)])).toBe(wrong);
    expect(furthestMatch([at(40), at(5), at(300)])).toEqual(at(5));
    const random = { ...wrong, comparable: false };
    expect(furthestMatch([wrong, random, at(5)])).toBe(random);
    expect(furthestMatch([])).toBeUndefined();
  });
});

it('turns dB into a share of the signal', () => {
  expect([40, 30, 20, 10].map((db) => Number(relativeError(db).toFixed(3)))).toEqual([0.01, 0.032, 0.1, 0.316]);
});
