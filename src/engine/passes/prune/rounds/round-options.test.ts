import { describe, expect, it } from 'vitest';
import { shareAfter, shareOfRest } from './round-options';

describe('shareAfter', () => {
  it('takes less and less from round to round', () => {
    expect([0, 1, 2, 4].map((round) => shareAfter(round, { rounds: 4 }))).toEqual([0, 0.578125, 0.875, 1]);
  });
});

describe('shareOfRest', () => {
  it('is the share of the rest that has to go', () => {
    expect(shareOfRest(0, 0.5)).toBe(0.5);
    expect(shareOfRest(0.5, 0.75)).toBe(0.5);
    expect(shareOfRest(0.4, 0.3)).toBe(0);
    expect(shareOfRest(1, 1)).toBe(0);
  });
});
