import { crc32 } from '../../files/crc32';
import { damagedPicture, truncatedPicture, unsupportedPicture } from './picture-errors';

/** Color types of PNG, by their number in the header. */
export const pngColor = { gray: 0, rgb: 2, palette: 3, grayAlpha: 4, rgbAlpha: 6 } as const;

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits per sample: 1, 2, 4, 8 or 16. */
  readonly bitDepth: number;
  readonly colorType: number;
  readonly interlaced: boolean;
}

export interface PngChunks {
  readonly header: PngHeader;
  /** Three bytes per entry. */
  readonly palette: Uint8Array | null;
  /** The `tRNS` chunk as it stands: alphas of the palette, or the one color that is transparent. */
  readonly transparency: Uint8Array | null;
  /** One zlib stream, in the pieces in which it lies in the file. */
  readonly compressed: readonly Uint8Array[];
}

/** The first bytes of a PNG, which hold its signature, bit depth and color type. */
export const pngDepthBytes = 26;

/** True for the start of a PNG of 16-bit gray, whose values over 255 are cut off: as Pillow does, and rarely meant. */
export function isGray16Png(start: Uint8Array): boolean {
  const signature = [0x89, 0x50, 0x4e, 0x47];
  const isPng = start.length >= pngDepthBytes && signature.every((byte, at) => start[at] === byte);
  return isPng && start[24] === 16 && start[25] === pngColor.gray;
}

const bitDepths: Readonly<Record<number, readonly number[]>> = {
  [pngColor.gray]: [1, 2, 4, 8, 16],
  [pngColor.rgb]: [8, 16],
  [pngColor.palette]: [1, 2, 4, 8],
  [pngColor.grayAlpha]: [8, 16],
  [pngColor.rgbAlpha]: [8, 16],
};

/**
 * Walks the chunks of a PNG and checks the checksums of those that are used, because a picture with flipped bits must
 * be an error. A file that ends early is accepted if all rows are there. Chunks that do not affect pixels are skipped.
 * Throws `data/picture-…`.
 */
export function readPngChunks(bytes: Uint8Array): PngChunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: PngHeader | null = null;
  let palette: Uint8Array | null = null;
  let transparency: Uint8Array | null = null;
  const compressed: Uint8Array[] = [];
  for (let offset = 8; offset + 8 <= bytes.length;) {
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (type === 'IEND') break;
    const end = offset + 8 + length;
    if (header === null && type !== 'IHDR') throw damagedPicture('PNG', 'it does not begin with its header');
    if (end + 4 > bytes.length) {
      // All rows may be there all the same; whether they are shows when they are unpacked.
      if (type === 'IDAT') compressed.push(bytes.subarray(offset + 8, end));
      break;
    }
    if (usedTypes.has(type)) {
      if (crc32(bytes.subarray(offset + 4, end)) !== view.getUint32(end)) {
        throw damagedPicture('PNG', `the checksum of the chunk ${type} at byte ${offset} is wrong`);
      }
      const data = bytes.subarray(offset + 8, end);
      if (type === 'IHDR') header = readHeader(data);
      else if (type === 'PLTE') palette = data;
      else if (type === 'tRNS') transparency = data;
      else compressed.push(data);
    }
    offset = end + 4;
  }
  if (header === null) throw truncatedPicture('PNG');
  return { header, palette, transparency, compressed };
}

const usedTypes = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT']);

function readHeader(data: Uint8Array): PngHeader {
  if (data.length !== 13) throw damagedPicture('PNG', `its header has ${data.length} bytes instead of 13`);
  const view = new DataView(data.buffer, data.byteOffset, 13);
  const [bitDepth, colorType, compression, filter, interlace] = data.subarray(8) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (!bitDepths[colorType]?.includes(bitDepth)) {
    throw damagedPicture('PNG', `there is no color type ${colorType} with ${bitDepth} bits`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw unsupportedPicture(
      'PNG',
      'it uses a method of compression, filtering or interlacing that PNG does not define',
    );
  }
  return { width: view.getUint32(0), height: view.getUint32(4), bitDepth, colorType, interlaced: interlace === 1 };
}
