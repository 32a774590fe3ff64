import { expect, it } from 'vitest';
import type { ListPart } from './call';
import { LongLists } from './worker-client';

const filesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ path: `${index}.png`, file: new File([], `${index}.png`) }));

it('sends long lists of files ahead in parts, once, and leaves all else in its place', async () => {
  const told: ListPart[] = [];
  const lists = new LongLists({ postMessage: (message: ListPart) => void told.push(message) });
  const [many, few] = [filesOf(120), filesOf(3)];
  const options = { calibration: { files: many, key: 'k' }, weights: new Float32Array(900), few };
  const ahead = lists.sendAhead([many, options, 'recipe']);
  expect(ahead.given).toEqual([null, { ...options, calibration: { files: null, key: 'k' } }, 'recipe']);
  expect(ahead.lists).toEqual([
    { path: [0], list: 1 },
    { path: [1, 'calibration', 'files'], list: 1 },
  ]);
  await ahead.arrive;
  expect(told.map(({ part }) => part?.length)).toEqual([50, 50, 20]);
  expect(told.flatMap(({ part }) => part ?? []).every((entry, index) => entry === many[index])).toBe(true);

  expect(lists.sendAhead([many]).lists).toEqual([{ path: [0], list: 1 }]);
  expect(lists.sendAhead([few, Array.from({ length: 900 }, (_, index) => index)])).toMatchObject({
    lists: [],
    arrive: null,
  });
  expect(told).toHaveLength(3);
});
