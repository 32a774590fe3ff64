import { expect, it } from 'vitest';
import { coldStart } from './cold-start';

it('adds the download times at a given speed to the measured times', () => {
  // 2.5 MB are 20 million bits.
  const source = { modelBytes: 2_500_000, runtimeBytes: 5_000_000, createMs: 300, firstRunMs: 50 };
  expect(coldStart(source, 20)).toEqual({
    ...{ modelMs: 1000, runtimeMs: 2000, createMs: 300, firstRunMs: 50, totalMs: 3350 },
  });
});
