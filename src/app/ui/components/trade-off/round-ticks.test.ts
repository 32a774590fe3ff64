import { expect, it } from 'vitest';
import { roundTicks } from './round-ticks';

it('covers both ends with round steps', () => {
  expect(roundTicks(-1.3, 1.8, 5)).toEqual([-2, -1, 0, 1, 2]);
  expect(roundTicks(0, 29_700, 4)).toEqual([0, 10_000, 20_000, 30_000]);
  expect(roundTicks(3, 3, 4)).toEqual([3]);
});
