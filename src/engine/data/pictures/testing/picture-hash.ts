import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Picture } from '../../dataset';

/** A line of fixtures/decoded.json: what Pillow makes of a file. */
export interface DecodedCase {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly rgb: string;
  readonly rgba?: string;
}

/** Returns the line of decoded.json for a picture that was decoded here. */
export function decodedCase(file: string, picture: Picture, withAlpha: boolean): DecodedCase {
  const { width, height } = picture;
  const rgb = hashOf(spread(picture, 3));
  return { file, width, height, rgb, ...(withAlpha && { rgba: hashOf(spread(picture, 4)) }) };
}

export function hashOf({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return bytesToHex(sha256(new Uint8Array(buffer, byteOffset, byteLength)));
}

function spread({ channels, pixels }: Picture, wanted: 3 | 4): Uint8Array {
  const count = pixels.length / channels;
  const result = new Uint8Array(count * wanted);
  for (let index = 0; index < count; index++) {
    const pixel = pixels.subarray(index * channels, (index + 1) * channels);
    const color = channels < 3 ? [pixel[0]!, pixel[0]!, pixel[0]!] : pixel.subarray(0, 3);
    result.set(color, index * wanted);
    if (wanted === 4) result[index * 4 + 3] = channels % 2 === 0 ? pixel[channels - 1]! : 255;
  }
  return result;
}
