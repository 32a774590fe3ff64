import type { PictureDecoder } from '../../engine/data/dataset';
import { createPictureDecoder } from './picture-decoder';

/** The decoder of the page's workers. A format's WASM is fetched with its first picture. */
export function createBrowserPictureDecoder(): PictureDecoder {
  return createPictureDecoder(async (format) => {
    const { default: url } =
      format === 'jpeg'
        ? await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm?url')
        : await import('@jsquash/webp/codec/dec/webp_dec.wasm?url');
    const response = await fetch(url);
    if (!response.ok) throw new Error(`The decoder of ${format} could not be loaded (${response.status}).`);
    return WebAssembly.compile(await response.arrayBuffer());
  });
}
