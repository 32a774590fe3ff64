import { describe, expect, it } from 'vitest';
import type { MatchDistance } from '../../../../metrics/match-distance';
import { withDivergence } from '../repair/describe-repair';
import { readTrialSamples } from './trial-samples';

const placesOf = async (count: number) => {
  const data = {
    samples: count,
    fingerprint: '',
    async *feeds() {
      for (let place = 0; place < count; place += 1) {
        yield { place: { dtype: 'float32' as const, dims: [1], data: Float32Array.of(place) } };
      }
    },
  };
  const samples = await readTrialSamples(data, 1000);
  if (samples === undefined) return undefined;
  const { fit, validation, test } = samples;
  return { fit: fit.map(placeOf), validation: validation.map(placeOf), test: test.map(placeOf) };
};
const placeOf = (feeds: Readonly<Record<string, { readonly data: unknown }>>): number =>
  (feeds.place!.data as Float32Array)[0]!;

describe('readTrialSamples', () => {
  it('keeps a sixteenth apart that chooses nothing', async () => {
    const samples = await placesOf(64);
    expect(samples).toMatchObject({
      validation: [3, 7, 11, 19, 23, 27, 35, 39, 43, 51, 55, 59],
      test: [15, 31, 47, 63],
    });
    expect(samples!.fit).toHaveLength(48);
  });

  it('lets the few of a small set choose as well', async () => {
    expect(await placesOf(31)).toMatchObject({ validation: [3, 7, 11, 19, 23, 27, 15], test: [] });
    expect(await placesOf(7)).toBeUndefined();
  });
});

describe('withDivergence', () => {
  it('says by which samples it is', () => {
    expect(withDivergence('Removed.', { use: 'test', samples: 32, distance: { of: 'kl', value: 0.05 } })).toBe(
      'Removed. KL divergence 0.05 on 32 held-out samples.',
    );
    expect(withDivergence('Removed.', { use: 'validation', samples: 7, distance: { of: 'kl', value: 0.05 } })).toBe(
      'Removed. KL divergence 0.05 on the 7 samples that also selected it. Use 64 or more samples to hold some out.',
    );
    expect(withDivergence('Removed.', { use: 'test', samples: 32, distance: { of: 'kl', value: Infinity } })).toBe(
      'Removed.',
    );
  });

  it('uses the unit of the kind of outputs', () => {
    const told = (distance: MatchDistance) => withDivergence('Removed.', { use: 'test', samples: 32, distance });
    expect(told({ of: 'cosine', value: 0.1, neighborAgreement: 0.5 })).toBe(
      'Removed. Cosine 0.9 to the original’s outputs, and 50.0 % of the samples keep their nearest neighbor on 32 held-out samples.'.replaceAll(
        ' %',
        '\u00a0%',
      ),
    );
    expect(told({ of: 'error', value: 0.01 })).toMatch(/Output SQNR 20.dB on 32 held-out samples\.$/);
  });
});
