/** Decodes pictures in a worker as the application does, for tests. */
import { decodePicture } from '../../engine/data/pictures/decode-picture';
import { decodedCase, type DecodedCase } from '../../engine/data/pictures/testing/picture-hash';
import { createBrowserPictureDecoder } from '../data/browser-picture-decoder';

const decoder = createBrowserPictureDecoder();

self.onmessage = async ({ data }: MessageEvent<{ readonly bytes: Uint8Array; readonly expected: DecodedCase }>) => {
  const { bytes, expected } = data;
  try {
    const picture = await decodePicture(bytes, decoder);
    self.postMessage(decodedCase(expected.file, picture, expected.rgba !== undefined));
  } catch (error) {
    self.postMessage(String(error));
  }
};
