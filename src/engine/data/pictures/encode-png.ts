/** Small pictures as PNG, for pages and reports. */
import { zlibSync } from 'fflate';
import { toBase64Url } from '../../base64-url';
import { crc32 } from '../../files/crc32';
import type { Picture } from '../dataset';
import { resizePicture } from './resize-picture';

/** Four bytes a pixel: red, green, blue, alpha. */
export interface RgbaPixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array | Uint8ClampedArray;
}

const text = (word: string): Uint8Array => Uint8Array.from(word, (letter) => letter.charCodeAt(0));
const big = (value: number): readonly number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

/** A PNG of color type 6 with 8 bits. Each row holds the differences from the one above it, which compress better. */
function encodePng({ width, height, rgba }: RgbaPixels): Uint8Array {
  const [row, rows] = [4 * width, new Uint8Array(height * (4 * width + 1))];
  for (let y = 0; y < height; y++) {
    const start = y * (row + 1);
    rows[start] = 2;
    for (let x = 0; x < row; x++) rows[start + 1 + x] = rgba[y * row + x]! - (y === 0 ? 0 : rgba[(y - 1) * row + x]!);
  }
  const head = Uint8Array.of(...big(width), ...big(height), 8, 6, 0, 0, 0);
  const chunks = [chunk('IHDR', head), chunk('IDAT', zlibSync(rows)), chunk('IEND', new Uint8Array(0))];
  return joined([text('\x89PNG\r\n\x1a\n'), ...chunks]);
}

function chunk(kind: string, data: Uint8Array): Uint8Array {
  const checked = joined([text(kind), data]);
  return joined([Uint8Array.from(big(data.length)), checked, Uint8Array.from(big(crc32(checked)))]);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

const largestSide = 192;

/** A picture as a data URI of at most `mostBytes`: it is made smaller until it fits. */
export function pictureUri({ width, height, rgba }: RgbaPixels, mostBytes: number): string {
  const picture: Picture = { width, height, channels: 4, pixels: Uint8Array.from(rgba) };
  const longest = Math.max(width, height);
  for (let side = Math.min(largestSide, longest); ; side = Math.ceil(side * 0.8)) {
    const share = side / longest;
    const size = { width: Math.max(1, Math.round(width * share)), height: Math.max(1, Math.round(height * share)) };
    const small = share === 1 ? picture : resizePicture(picture, size, 'bilinear');
    const uri = `data:image/png;base64,${base64(encodePng({ ...size, rgba: small.pixels }))}`;
    if (uri.length <= mostBytes || side <= 8) return uri;
  }
}

/** Base64 of RFC 4648, section 4. */
function base64(bytes: Uint8Array): string {
  const plain = toBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return plain.padEnd(4 * Math.ceil(plain.length / 4), '=');
}
