import { describe, expect, it } from 'vitest';
import type { Picture } from '../dataset';
import type { ImagePreprocessing } from '../mapping/mapping';
import { toGray } from './preprocess-picture';
import { fitPicture } from './fit-picture';
import { preprocessPicture } from './preprocess-picture';
import { imagePresets } from './presets';

const plain: ImagePreprocessing = {
  width: 2,
  height: 1,
  fit: 'exact',
  filter: 'nearest',
  layout: 'NCHW',
  channels: 'rgb',
  scale: 1,
  mean: [0],
  std: [1],
};
const twoPixels: Picture = { width: 2, height: 1, channels: 3, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };
const valuesOf = (picture: Picture, options: Partial<ImagePreprocessing> = {}) => [
  ...preprocessPicture(picture, { ...plain, ...options }),
];

describe('preprocessPicture', () => {
  it('lays channels out in planes or pixel by pixel, in either order', () => {
    expect(valuesOf(twoPixels)).toEqual([1, 4, 2, 5, 3, 6]);
    expect(valuesOf(twoPixels, { channels: 'bgr' })).toEqual([3, 6, 2, 5, 1, 4]);
    expect(valuesOf(twoPixels, { layout: 'NHWC' })).toEqual([1, 2, 3, 4, 5, 6]);
    expect(valuesOf(twoPixels, { layout: 'NHWC', channels: 'bgr' })).toEqual([3, 2, 1, 6, 5, 4]);
  });

  it('spreads gray over three channels, and takes mean and deviation in the order of the channels', () => {
    const gray: Picture = { width: 2, height: 1, channels: 2, pixels: Uint8Array.of(7, 0, 9, 255) };
    expect(valuesOf(gray)).toEqual([7, 9, 7, 9, 7, 9]);
    expect(valuesOf(gray, { channels: 'gray' })).toEqual([7, 9]);
    expect(valuesOf(twoPixels, { channels: 'bgr', mean: [3, 2, 1], std: [1, 1, 3] })).toEqual([0, 3, 0, 3, 0, 1]);
  });

  it('drops alpha without blending', () => {
    const clear: Picture = { width: 1, height: 1, channels: 4, pixels: Uint8Array.of(10, 20, 30, 0) };
    expect(valuesOf(clear, { width: 1 })).toEqual([10, 20, 30]);
    expect([...toGray(clear).pixels]).toEqual([(10 * 19595 + 20 * 38470 + 30 * 7471 + 32768) >> 16]);
  });

  it('pads a letterbox with its color and a crop with 0, both normalized', () => {
    const options = { width: 4, fit: 'contain', padding: 100, scale: 0.5, mean: [1], channels: 'gray' } as const;
    const gray: Picture = { width: 2, height: 1, channels: 1, pixels: Uint8Array.of(20, 40) };
    expect(valuesOf(gray, options)).toEqual([49, 9, 19, 49]);
    expect(valuesOf(gray, { ...options, fit: 'cover', shorterSide: 1 })).toEqual([-1, 9, 19, -1]);
  });

  it('refuses options that make no sense', () => {
    for (const options of [
      { width: 0 },
      { height: 1.5 },
      { width: 1e6 },
      { shorterSide: -1 },
      { padding: 256 },
      { scale: Number.NaN },
      { mean: [1, 2] },
      { mean: [] },
      { std: [0] },
      { std: [1e-60, 1, 1] },
      { channels: 'gray', mean: [1, 2, 3] },
    ] satisfies Partial<ImagePreprocessing>[]) {
      expect(() => valuesOf(twoPixels, options)).toThrow(/^This image preprocessing is not valid: .*\.$/);
    }
  });
});

describe('fitPicture', () => {
  const fit = (width: number, height: number, options: Partial<ImagePreprocessing>) => {
    const { resized, region, left, top } = fitPicture({ width, height }, { ...plain, ...options });
    return [resized.width, resized.height, region.left, region.top, region.width, region.height, left, top];
  };

  it('covers without a shorter side just so', () => {
    expect(fit(500, 375, { width: 224, height: 224, fit: 'cover' })).toEqual([298, 224, 37, 0, 224, 224, 0, 0]);
    expect(fit(375, 500, { width: 100, height: 50, fit: 'cover' })).toEqual([100, 133, 0, 42, 100, 50, 0, 0]);
    expect(fit(3, 7, { width: 9, height: 21, fit: 'cover' })).toEqual([9, 21, 0, 0, 9, 21, 0, 0]);
  });

  it('rounds the start of a crop half to even and pads less on the left', () => {
    expect(fit(100, 100, { width: 95, height: 93, fit: 'cover', shorterSide: 100 }).slice(2, 4)).toEqual([2, 4]);
    expect(fit(10, 10, { width: 13, height: 15, fit: 'cover', shorterSide: 10 })).toEqual([10, 10, 0, 0, 10, 10, 1, 2]);
  });

  it('keeps at least one pixel of a picture that is very long', () => {
    expect(fit(60_000, 1, { width: 10, height: 10, fit: 'contain' })).toEqual([10, 1, 0, 0, 10, 1, 0, 4]);
  });
});

describe('imagePresets', () => {
  it.each(imagePresets.map((preset) => [preset.id, preset] as const))(
    '%s works for color and for gray',
    (_id, preset) => {
      for (const channels of [1, 3] as const) {
        const options = preset.create({ width: 20, height: 10, layout: 'NHWC', channels });
        expect(options).toMatchObject({ width: 20, height: 10, layout: 'NHWC' });
        expect(preprocessPicture(twoPixels, options)).toHaveLength(200 * channels);
      }
    },
  );

  it('have ids, titles and sentences of their own', () => {
    for (const key of ['id', 'title', 'explanation'] as const) {
      expect(new Set(imagePresets.map((preset) => preset[key])).size).toBe(imagePresets.length);
    }
    expect(imagePresets[0]!.create({ width: 224, height: 224, layout: 'NCHW', channels: 3 }).shorterSide).toBe(256);
  });
});
