import { expect, it } from 'vitest';
import { leastShare, meetsTime, seekShare, type TimedShare } from './seek-share';

/**
 * Seeks a share of the MACs that saves the wanted share of the time. Returns the result and the shares that were timed.
 */
async function seek(wanted: number, most: number, savedAt: (share: number) => number) {
  const timed = await seekShare({
    ...{ wanted, first: wanted, most },
    measure: async (share): Promise<TimedShare> => ({ share, saved: savedAt(share) }),
  });
  return { best: leastShare(timed, wanted), tries: timed.length };
}

it('finds the share of the MACs with few tries, if time follows them, lags, or has steps', async () => {
  for (const savedAt of [
    (share: number) => share,
    (share: number) => 0.7 * share,
    (share: number) => share ** 2,
    (share: number) => Math.sqrt(Math.max(0, share)) * 0.8,
    (share: number) => Math.floor(share * 12) / 12,
  ]) {
    for (const wanted of [0.1, 0.3, 0.5]) {
      const { best, tries } = await seek(wanted, 0.9, savedAt);
      expect(meetsTime(best, wanted), `${savedAt} ${wanted}`).toBe(true);
      expect(savedAt(best.share - 0.05)).toBeLessThan(wanted);
      expect(tries).toBeLessThanOrEqual(8);
    }
  }
});

it('goes to the most before it gives up, and tells the most that goes', async () => {
  const { best, tries } = await seek(0.5, 0.8, (share) => share / 2);
  expect(best).toEqual({ share: 0.8, saved: 0.4 });
  expect(tries).toBeLessThanOrEqual(3);
  const slower = await seek(0.5, 0.8, (share) => -share / 10);
  expect(slower.best.saved).toBeLessThan(0);
});

it('is not led astray by noise', async () => {
  let turn = 0;
  const { best } = await seek(0.3, 0.9, (share) => 0.8 * share + [0.012, -0.012][turn++ % 2]!);
  expect(Math.abs(0.8 * best.share - 0.3)).toBeLessThan(0.03);
});
