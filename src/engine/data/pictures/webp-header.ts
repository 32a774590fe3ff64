import type { PictureHeader } from './jpeg-header';
import { damagedPicture, truncatedPicture, unsupportedPicture } from './picture-errors';

/**
 * Size and channels from the first chunks of a WebP (RFC 9649). Three channels, or four if the file states alpha.
 * Throws `data/picture-…`, also for animations, which the decoder would not read.
 */
export function readWebpHeader(bytes: Uint8Array): PictureHeader {
  if (bytes.length < 30) throw truncatedPicture('WebP');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(4, true) + 8 > bytes.length) throw truncatedPicture('WebP');
  const type = String.fromCharCode(...bytes.subarray(12, 16));
  if (type === 'VP8 ') return readLossy(view);
  if (type === 'VP8L') return readLossless(view);
  if (type !== 'VP8X') throw damagedPicture('WebP', 'it does not begin with an image');
  const flags = bytes[20]!;
  if (flags & 0x02) throw unsupportedPicture('WebP', 'it is an animation');
  const [width, height] = [24, 27].map((at) => (view.getUint16(at, true) | (bytes[at + 2]! << 16)) + 1);
  return { width: width!, height: height!, channels: flags & 0x10 ? 4 : 3 };
}

/** RFC 6386, 9.1: a frame tag of three bytes, a start code, then 14 bits for each side. */
function readLossy(view: DataView): PictureHeader {
  if (view.getUint8(23) !== 0x9d || view.getUint8(24) !== 0x01 || view.getUint8(25) !== 0x2a) {
    throw damagedPicture('WebP', 'its frame has no start code');
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff, channels: 3 };
}

/** RFC 9649, 3.4: a signature byte, 14 bits for each side less one, and a bit for alpha. */
function readLossless(view: DataView): PictureHeader {
  if (view.getUint8(20) !== 0x2f) throw damagedPicture('WebP', 'its frame has no signature');
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, channels: (bits >>> 28) & 1 ? 4 : 3 };
}
