import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cutIntoWindows } from './cut-into-windows';
import { resampleSound } from './cut-into-windows';

interface Golden {
  readonly signal: string;
  readonly cases: readonly { readonly from: number; readonly to: number; readonly values: string }[];
}

const golden = JSON.parse(readFileSync(new URL('./fixtures/resampled.json', import.meta.url)).toString()) as Golden;
const floats = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
const tone = (hertz: number, rate: number, length: number) =>
  Float32Array.from({ length }, (_, index) => Math.sin((2 * Math.PI * hertz * index) / rate));

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0);
}

describe('resampleSound', () => {
  it.each(golden.cases.map((each) => [each.from, each.to, each] as const))(
    'equals torchaudio from %i to %i within 1e-6',
    (from, to, { values }) => {
      const sound = resampleSound({ sampleRateHz: from, values: floats(golden.signal) }, to);
      expect(sound.sampleRateHz).toBe(to);
      expect(largestDifference(sound.values, floats(values))).toBeLessThan(1e-6);
    },
  );

  it.each([
    [44_100, 16_000],
    [16_000, 48_000],
    [48_000, 8_000],
    [16_000, 16_001],
  ])('keeps a tone from %i to %i within 1e-6, away from the ends', (from, to) => {
    const { values } = resampleSound({ sampleRateHz: from, values: tone(1000.3, from, from / 4) }, to);
    const expected = tone(1000.3, to, values.length);
    const margin = Math.ceil(to * 0.02);
    const middle = (samples: Float32Array) => samples.subarray(margin, -margin);
    expect(largestDifference(middle(values), middle(expected))).toBeLessThan(1e-6);
  });

  it('removes frequencies above the limit of the new rate', () => {
    const { values } = resampleSound({ sampleRateHz: 48_000, values: tone(9000, 48_000, 12_000) }, 16_000);
    expect(Math.max(...values.subarray(400, -400).map(Math.abs))).toBeLessThan(1e-6);
  });

  it('leaves a sound of that rate alone, and nothing is nothing', () => {
    const sound = { sampleRateHz: 8000, values: tone(5, 8000, 10) };
    expect(resampleSound(sound, 8000)).toBe(sound);
    expect(resampleSound({ sampleRateHz: 8000, values: new Float32Array(0) }, 16_000).values).toHaveLength(0);
    expect(resampleSound({ sampleRateHz: 8000, values: new Float32Array(3) }, 22_050).values).toHaveLength(9);
  });
});

describe('cutIntoWindows', () => {
  const sound = { sampleRateHz: 100, values: Float32Array.of(1, 2, 3, 4, 5) };

  it('fills the last window up with zeros', () => {
    const windows = cutIntoWindows(sound, { sampleRateHz: 100, samples: 3 });
    expect(windows.map((window) => [...window])).toEqual([
      [1, 2, 3],
      [4, 5, 0],
    ]);
    expect(cutIntoWindows(sound, { sampleRateHz: 100, samples: 5 })).toHaveLength(1);
    expect(cutIntoWindows({ ...sound, values: new Float32Array(0) }, { sampleRateHz: 100, samples: 2 })).toEqual([
      new Float32Array(2),
    ]);
  });

  it('resamples first', () => {
    expect(cutIntoWindows(sound, { sampleRateHz: 200, samples: 4 })).toHaveLength(3);
  });

  it('refuses options that make no sense', () => {
    for (const options of [
      { sampleRateHz: 100, samples: 0 },
      { sampleRateHz: 100, samples: 1.5 },
      { sampleRateHz: 1, samples: 5 },
      { sampleRateHz: Number.NaN, samples: 5 },
    ]) {
      expect(() => cutIntoWindows(sound, options)).toThrow(/^A sound cannot be .*\.$/);
    }
  });
});
