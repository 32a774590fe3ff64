import { expect, it } from 'vitest';
import { roundHalfEven } from './round-half-even';

it('rounds halves to even', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5].map((value) => roundHalfEven(value) + 0)).toEqual([
    0, 2, 2, 0, -2, -2, 126,
  ]);
});
