import { expect, it } from 'vitest';
import { ticksAround, ticksWithin } from './round-ticks';

it('covers both ends with round steps', () => {
  expect(ticksAround([-1.3, 1.8], 5)).toEqual([-2, -1, 0, 1, 2]);
  expect(ticksAround([0, 29_700], 4)).toEqual([0, 10_000, 20_000, 30_000]);
  expect(ticksAround([0, 0.3], 3)).toEqual([0, 0.1, 0.2, 0.3]);
  expect(ticksAround([3, 3], 4)).toEqual([3]);
});

it('stays inside of a range with round steps', () => {
  expect(ticksWithin([4.41, 16.5], 4)).toEqual([5, 10, 15]);
  expect(ticksWithin([0.11, 0.52], 4)).toEqual([0.2, 0.4]);
  expect(ticksWithin([3, 3], 4)).toEqual([3]);
});
