import { expect, it } from 'vitest';
import { WatchedCalibration } from './watched-calibration';

async function count(samples: AsyncIterable<unknown>, most = Infinity): Promise<number> {
  let read = 0;
  for await (const _ of samples) if (++read >= most) break;
  return read;
}

it('distinguishes removed samples from passes that read only some', async () => {
  let samples = 5;
  const watched = new WatchedCalibration({
    fingerprint: '',
    samples,
    async *feeds() {
      for (let sample = 0; sample < samples; sample++) yield {};
    },
  });
  expect([await count(watched.data.feeds(), 2), await count(watched.data.feeds())]).toEqual([2, 5]);
  expect(() => watched.throwIfLost()).not.toThrow();
  samples = 3;
  await expect(count(watched.data.feeds())).rejects.toThrow(
    '5 calibration samples were readable before, but only 3 are readable now',
  );
  expect(() => watched.throwIfLost()).toThrow('Restore it and continue');
});
