import { expect, it } from 'vitest';
import { PaceWatch } from './pace-watch';

it('gives up only runs that would take far longer than the remaining time', () => {
  let nowMs = 0;
  const watch = new PaceWatch(10_000, () => nowMs);
  const at = (ms: number, stage: string, done: number) => {
    nowMs = ms;
    return watch.isHopeless({ passIndex: 1, stage, done, total: 100 });
  };
  // 8 s, and then a part of a minute that has hardly begun.
  expect([at(0, 'first', 0), at(4000, 'first', 50), at(8000, 'first', 100)]).toEqual([false, false, false]);
  expect([at(8000, 'second', 0), at(9000, 'second', 2), at(9600, 'second', 2)]).toEqual([false, false, true]);
  // A part that takes up where the one before it ended has made nothing of that itself.
  expect([at(20_000, 'later', 50), at(22_000, 'later', 51), at(22_000, 'quick', 50), at(24_000, 'quick', 75)]).toEqual([
    false,
    true,
    false,
    false,
  ]);
  // A step without progress has no known pace.
  expect([at(25_000, 'third', 0), at(99_000, 'third', 0)]).toEqual([false, false]);
});
