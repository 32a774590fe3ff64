import { describe, expect, it } from 'vitest';
import type { FeedTensor } from '../feeds';
import { canStack, stackFeeds } from './stack-feeds';

function floats(dims: readonly number[], ...data: number[]): FeedTensor {
  return { dtype: 'float32', dims, data: Float32Array.from(data) };
}

describe('stackFeeds', () => {
  it('puts samples behind one another along the batch axis of each input', () => {
    const sample = (start: number) => ({
      x: floats([1, 2], start, start + 1),
      h: floats([2, 1, 2], start, start + 1, start + 2, start + 3),
      sr: { dtype: 'int64', dims: [], data: BigInt64Array.of(16000n) },
      text: { dtype: 'string', dims: [1], data: [`t${start}`] },
    });
    const stacked = stackFeeds([sample(0), sample(10), sample(20)], { x: 0, h: 1, text: 0 });
    expect(stacked.x).toEqual(floats([3, 2], 0, 1, 10, 11, 20, 21));
    expect(stacked.h).toEqual(floats([2, 3, 2], 0, 1, 10, 11, 20, 21, 2, 3, 12, 13, 22, 23));
    expect(stacked.sr).toEqual(sample(0).sr);
    expect(stacked.text).toEqual({ dtype: 'string', dims: [3], data: ['t0', 't10', 't20'] });
  });

  it('puts more texts behind one another than fit on the stack', () => {
    const texts = { dtype: 'string', dims: [1, 200_000], data: Array.from({ length: 200_000 }, String) } as const;
    const stacked = stackFeeds([{ x: texts }, { x: texts }], { x: 0 });
    expect(stacked.x!.dims).toEqual([2, 200_000]);
    expect(stacked.x!.data).toHaveLength(400_000);
  });

  it('gives a single sample back as it is', () => {
    const feeds = { x: floats([1, 2], 1, 2) };
    expect(stackFeeds([feeds], { x: 0 })).toBe(feeds);
  });

  it('refuses samples of different shapes, which can be told before', () => {
    const short = { x: floats([1, 1], 1) };
    const long = { x: floats([1, 2], 1, 2) };
    expect(canStack(short, long)).toBe(false);
    expect(canStack(long, { x: floats([1, 2], 5, 6) })).toBe(true);
    expect(() => stackFeeds([short, long], { x: 0 })).toThrow('cannot be batched for "x"');
    expect(() => stackFeeds([], {})).toThrow('There is no sample to feed.');
  });
});
