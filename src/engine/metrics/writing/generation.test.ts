import { expect, it } from 'vitest';
import { summarizeGeneration } from './summarize-generation';

const times = { cacheLength: 256, promptTokens: 256, promptMs: [120, 128, 500], tokenMs: [10, 12, 11, 10, 40, 10] };

it('makes speeds of medians, and a ratio of the turns that belong together', () => {
  const slow = { ...times, tokenMs: times.tokenMs.map((ms) => 2 * ms) };
  const point = summarizeGeneration(times, slow);
  expect(point).toMatchObject({
    cacheLength: 256,
    firstTokenMs: 128,
    prefillTokensPerSecond: 2000,
    decodeTokensPerSecond: 1000 / 10.5,
    ratio: { value: expect.closeTo(2, 12) as number },
  });
  const [low, high] = point.interval;
  expect(low).toBeLessThanOrEqual(point.decodeTokensPerSecond);
  expect(high).toBeGreaterThanOrEqual(point.decodeTokensPerSecond);
  // Noise that both share cancels out.
  expect(point.ratio!.interval).toEqual([expect.closeTo(2, 12), expect.closeTo(2, 12)]);
  expect(summarizeGeneration(times, undefined).ratio).toBeUndefined();
});
