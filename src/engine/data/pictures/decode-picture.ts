import { ParetoError } from '../../errors';
import type { Picture, PictureDecoder } from '../dataset';
import { decodePng } from './decode-png';

export type PictureFormat = 'png' | 'jpeg' | 'webp';

/** The format by the first bytes, never by the file's name; null for anything else. Twelve bytes are enough. */
export function recognizePicture(bytes: Uint8Array): PictureFormat | null {
  const starts = (at: number, text: string) =>
    text.length + at <= bytes.length && [...text].every((letter, index) => bytes[at + index] === letter.charCodeAt(0));
  if (starts(0, '\x89PNG\r\n\x1a\n')) return 'png';
  if (starts(0, '\xff\xd8\xff')) return 'jpeg';
  if (starts(0, 'RIFF') && starts(8, 'WEBP')) return 'webp';
  return null;
}

/**
 * Decodes a PNG, JPEG or WebP to 8 bits per channel, as `PIL.Image.open` does.
 * EXIF orientation and color profiles are not applied. Throws `data/picture-unknown`, `-damaged`, `-truncated`,
 * `-unsupported` and `-too-large` (over 100 million pixels), in sentences that name no file.
 */
export async function decodePicture(bytes: Uint8Array, decoder: PictureDecoder): Promise<Picture> {
  switch (recognizePicture(bytes)) {
    case 'png':
      return decodePng(bytes);
    case 'jpeg':
      return decoder.decode('jpeg', bytes);
    case 'webp':
      return decoder.decode('webp', bytes);
    default:
      throw new ParetoError(
        'data/picture-unknown',
        'This file is not a supported image, whatever its name: PNG, JPEG and WebP are supported. Save it as one of them.',
      );
  }
}
