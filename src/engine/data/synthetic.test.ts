import { describe, expect, it } from 'vitest';
import type { InputDescription } from './feeds';
import { freeDimensionsOf } from './free-dimensions';
import { createSyntheticFeeds } from './synthetic';
import { pictureKindOf, pictureKinds } from './synthetic-pictures';

const input = (name: string, dtype: string, shape: InputDescription['shape']): InputDescription => ({
  name,
  dtype,
  shape,
});
const detector = [input('x', 'float32', ['N', 3, 'H', 'W'])];
const recognizer = [input('x', 'float32', ['N', 3, 48, 'W'])];
const sileroLegacy = [
  input('input', 'float32', ['batch', 'sequence']),
  input('sr', 'int64', []),
  input('h', 'float32', [2, 'batch', 64]),
  input('c', 'float32', [2, 'batch', 64]),
];
const silero5 = [
  input('input', 'float32', [null, null]),
  input('state', 'float32', [2, null, 128]),
  input('sr', 'int64', []),
];

describe('freeDimensionsOf', () => {
  const suggestions = (inputs: InputDescription[]) =>
    Object.fromEntries(freeDimensionsOf(inputs).map(({ key, suggested }) => [key, suggested]));

  it('suggests sizes that the real models accept', () => {
    expect(suggestions(detector)).toEqual({ N: 1, H: 224, W: 224 });
    expect(suggestions(recognizer)).toEqual({ N: 1, W: 320 });
    expect(suggestions(sileroLegacy)).toEqual({ batch: 1, sequence: 512 });
    expect(suggestions(silero5)).toEqual({ 'input.0': 1, 'input.1': 512, 'state.1': 1 });
    expect(suggestions([input('input:0', 'float32', [1, 128, 128, 3])])).toEqual({});
  });

  it('lists a shared symbol once, with every place and a reason', () => {
    const [batch] = freeDimensionsOf(sileroLegacy);
    expect(batch?.places.map((place) => `${place.input}.${place.axis}`)).toEqual(['input.0', 'h.1', 'c.1']);
    expect(batch?.why).toMatch(/\.$/);
  });

  it('takes text inputs for sequences of tokens', () => {
    expect(suggestions([input('input_ids', 'int64', ['batch', 'sequence_length'])])).toEqual({
      batch: 1,
      sequence_length: 128,
    });
  });
});

describe('createSyntheticFeeds', () => {
  it('returns the same values for the same seed in any order of inputs', () => {
    const feeds = createSyntheticFeeds(sileroLegacy, {}, 3);
    expect(createSyntheticFeeds([...sileroLegacy].reverse(), {}, 3)).toEqual(feeds);
    expect(createSyntheticFeeds(sileroLegacy, {}, 4).input).not.toEqual(feeds.input);
  });

  it('pins the values, so that reports stay comparable', () => {
    const { data } = createSyntheticFeeds([input('a', 'float32', [3])], {}, 1).a!;
    expect([...(data as Float32Array)]).toMatchInlineSnapshot(`
      [
        -0.7370319366455078,
        -0.20724275708198547,
        0.4112638831138611,
      ]
    `);
    const picture = createSyntheticFeeds(detector, { H: 32, W: 32 }, 1).x!.data as Float32Array;
    expect([picture[0], picture[1024], picture[3071]]).toMatchInlineSnapshot(`
      [
        0.2526867389678955,
        -0.2463579922914505,
        -0.3965069055557251,
      ]
    `);
  });

  it('feeds a sample rate, zero state and one sample of sound', () => {
    const { sr, state, input: sound } = createSyntheticFeeds(silero5, {}, 1);
    expect(sr).toEqual({ dtype: 'int64', dims: [], data: BigInt64Array.of(16000n) });
    expect(state?.dims).toEqual([2, 1, 128]);
    expect((state!.data as Float32Array).every((value) => value === 0)).toBe(true);
    expect(sound?.dims).toEqual([1, 512]);
  });

  it('keeps pictures within [-1, 1] in both layouts and fills every element', () => {
    for (const shape of [
      [2, 3, 40, 24],
      [2, 40, 24, 3],
    ]) {
      const { data } = createSyntheticFeeds([input('x', 'float32', shape)], {}, 9).x!;
      const values = data as Float32Array;
      expect(values.every((value) => value >= -1 && value <= 1)).toBe(true);
      expect(values.filter((value) => value === 0).length).toBeLessThan(5);
    }
  });

  it('draws strokes of one sign on a ground of the other, and noise without structure, in both layouts', () => {
    for (const shape of [
      [1, 3, 48, 320],
      [1, 48, 320, 3],
    ]) {
      const [smooth, strokes, noise] = pictureKinds.map(
        (kind) => createSyntheticFeeds([input('x', 'float32', shape)], {}, 5, kind).x!.data as Float32Array,
      );
      const stride = shape[1] === 3 ? 1 : 3;
      const row = (values: Float32Array) => Array.from({ length: 320 }, (_, x) => values[(20 * 320 + x) * stride]!);
      const roughness = (values: Float32Array) =>
        row(values).reduce((sum, value, x, all) => sum + Math.abs(value - (all[x - 1] ?? value)), 0) / 319;
      expect(roughness(smooth!)).toBeLessThan(0.3);
      expect(roughness(noise!)).toBeGreaterThan(0.5);
      const ground = Math.sign(strokes!.reduce((sum, value) => sum + value, 0));
      const inked = strokes!.filter((value) => Math.sign(value) !== ground).length / strokes!.length;
      expect(inked).toBeGreaterThan(0.1);
      expect(inked).toBeLessThan(0.35);
      expect(strokes!.every((value) => Math.abs(value) >= 0.5 && Math.abs(value) <= 1)).toBe(true);
    }
    expect([0, 1, 2, 3].map(pictureKindOf)).toEqual(['smooth', 'strokes', 'noise', 'smooth']);
  });

  it('keeps integers small and fills masks with ones', () => {
    const feeds = createSyntheticFeeds(
      [input('input_ids', 'int64', [1, 64]), input('attention_mask', 'int64', [1, 64]), input('flag', 'bool', [2])],
      {},
      1,
    );
    expect((feeds.input_ids!.data as BigInt64Array).every((id) => id >= 0n && id < 100n)).toBe(true);
    const few = createSyntheticFeeds([{ ...input('input_ids', 'int64', [1, 64]), idCount: 3 }], {}, 1);
    expect(new Set(few.input_ids!.data as BigInt64Array)).toEqual(new Set([0n, 1n, 2n]));
    expect((feeds.attention_mask!.data as BigInt64Array).every((value) => value === 1n)).toBe(true);
    expect(feeds.flag!.data).toEqual(Uint8Array.of(1, 1));
  });

  it('rounds float16 half to even, through subnormals', () => {
    const wide = createSyntheticFeeds([input('a', 'float32', [4000])], {}, 2).a!.data as Float32Array;
    const half = createSyntheticFeeds([input('a', 'float16', [4000])], {}, 2).a!.data as Uint16Array;
    for (let i = 0; i < half.length; i++) {
      const bits = half[i]!;
      const exponent = (bits >> 10) & 31;
      const fraction = bits & 1023;
      const value = (exponent === 0 ? fraction / 1024 : 1 + fraction / 1024) * 2 ** Math.max(exponent - 15, -14);
      const step = 2 ** (Math.max(exponent - 15, -14) - 10);
      expect(Math.abs(Math.abs(wide[i]!) - value)).toBeLessThanOrEqual(step / 2);
    }
  });

  it('names the input that it cannot generate', () => {
    expect(() => createSyntheticFeeds([input('a', 'float32', null)], {}, 1)).toThrow('Input "a" has no shape');
    expect(() => createSyntheticFeeds([input('a', 'sequence', [1])], {}, 1)).toThrow('Input "a" is of type sequence');
    expect(() => createSyntheticFeeds(detector, { H: 1e6, W: 1e6 }, 1)).toThrow('too large');
    expect(() => createSyntheticFeeds(detector, { H: 1.5 }, 1)).toThrow(
      'Dimension "H" of input "x" must be an integer',
    );
  });
});
