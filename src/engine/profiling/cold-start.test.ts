import { expect, it } from 'vitest';
import { coldStart } from './cold-start';

it('adds the download at a speed to what was measured', () => {
  // 2.5 MB are 20 million bits.
  expect(coldStart({ sentBytes: 2_500_000, createMs: 300, firstRunMs: 50 }, 20)).toEqual({
    ...{ downloadMs: 1000, createMs: 300, firstRunMs: 50, totalMs: 1350 },
  });
});
