import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createPictureDecoder } from './picture-decoder';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../engine/data/pictures/fixtures/files/${name}`, import.meta.url)));
const { resolve } = createRequire(import.meta.url);
const files = {
  jpeg: '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  webp: '@jsquash/webp/codec/dec/webp_dec.wasm',
} as const;
const compile = (format: keyof typeof files) => WebAssembly.compile(readFileSync(resolve(files[format])));

describe('createPictureDecoder', () => {
  it('loads a format with its first picture, once, also for pictures that come at the same time', async () => {
    const loaded: string[] = [];
    const decoder = createPictureDecoder((format) => {
      loaded.push(format);
      return compile(format);
    });
    expect(loaded).toEqual([]);
    const names = ['jpeg-gray.jpg', 'jpeg-rgb.jpg', 'jpeg-progressive.jpg'];
    const pictures = await Promise.all(names.map((name) => decoder.decode('jpeg', fixture(name))));
    expect(pictures.map(({ channels }) => channels)).toEqual([1, 3, 3]);
    expect(loaded).toEqual(['jpeg']);
    expect(await decoder.decode('webp', fixture('webp-alpha.webp'))).toMatchObject({ width: 61, channels: 4 });
    expect(loaded).toEqual(['jpeg', 'webp']);
  });

  it('tries again after the decoder could not be loaded', async () => {
    let attempts = 0;
    const decoder = createPictureDecoder((format) => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(new Error('offline')) : compile(format);
    });
    await expect(decoder.decode('jpeg', fixture('jpeg-gray.jpg'))).rejects.toThrow('offline');
    expect(await decoder.decode('jpeg', fixture('jpeg-gray.jpg'))).toMatchObject({ width: 61, height: 43 });
  });

  it('gives pictures that later ones do not overwrite', async () => {
    const decoder = createPictureDecoder(compile);
    const first = await decoder.decode('webp', fixture('webp-alpha-lossless.webp'));
    const copy = first.pixels.slice();
    await decoder.decode('webp', fixture('webp-alpha.webp'));
    expect(first.pixels).toEqual(copy);
  });

  it('refuses animations, and a size that the pixels do not have', async () => {
    const decoder = createPictureDecoder(compile);
    const animated = fixture('webp-alpha.webp');
    animated[20]! |= 2;
    await expect(decoder.decode('webp', animated)).rejects.toThrow('it is an animation');
    const larger = fixture('webp-alpha.webp');
    larger[24]! += 1;
    await expect(decoder.decode('webp', larger)).rejects.toMatchObject({ code: 'data/picture-damaged' });
  });
});
