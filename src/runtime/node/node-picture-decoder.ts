import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { PictureDecoder } from '../../engine/data/dataset';
import { createPictureDecoder } from '../data/picture-decoder';

const files = {
  jpeg: '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  webp: '@jsquash/webp/codec/dec/webp_dec.wasm',
} as const;

/** The decoder of the command line. */
export function createNodePictureDecoder(): PictureDecoder {
  const { resolve } = createRequire(import.meta.url);
  return createPictureDecoder(async (format) => WebAssembly.compile(await readFile(resolve(files[format]))));
}
