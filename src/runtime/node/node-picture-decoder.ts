import { readFile } from 'node:fs/promises';
import type { PictureDecoder } from '../../engine/data/dataset';
import { createPictureDecoder } from '../data/picture-decoder';
import { decoderFile } from './own-files';

/** The decoder of the command line. */
export function createNodePictureDecoder(): PictureDecoder {
  return createPictureDecoder(async (format) => WebAssembly.compile(await readFile(decoderFile(format))));
}
