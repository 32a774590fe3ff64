import { damagedPicture, truncatedPicture, unsupportedPicture } from './picture-errors';

/** The facts about a picture that are needed before it is decoded. */
export interface PictureHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/** Markers that stand alone, without a length behind them: TEM, RST0 to RST7, SOI. */
const isAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
/** Start of frame, of any coding process: 0xC0 to 0xCF without DHT, JPG and DAC. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** The coding processes that libjpeg decodes: baseline, extended and progressive, Huffman or arithmetic. */
const knownFrames = [0xc0, 0xc1, 0xc2, 0xc9, 0xca];

/**
 * Size and channels from the frame header of a JPEG (ITU T.81, B.2.2). Throws `data/picture-…`, also for JPEGs that
 * the decoder would not read: 12 bits per sample, lossless ones, and CMYK.
 */
export function readJpegHeader(bytes: Uint8Array): PictureHeader {
  let offset = 2;
  while (offset + 1 < bytes.length) {
    // Any number of 0xFF may stand before a marker; other bytes between segments are skipped, as libjpeg does.
    if (bytes[offset] !== 0xff || bytes[offset + 1] === 0xff || bytes[offset + 1] === 0) {
      offset += 1;
      continue;
    }
    const marker = bytes[offset + 1]!;
    offset += 2;
    if (isAlone(marker)) continue;
    if (marker === 0xd9 || marker === 0xda) throw damagedPicture('JPEG', 'its pixels begin before their size is known');
    if (offset + 2 > bytes.length) break;
    const length = bytes[offset]! * 256 + bytes[offset + 1]!;
    if (isFrame(marker)) return readFrame(marker, bytes.subarray(offset + 2, offset + length));
    if (length < 2) throw damagedPicture('JPEG', `a segment at byte ${offset} has no length`);
    offset += length;
  }
  throw truncatedPicture('JPEG');
}

function readFrame(marker: number, frame: Uint8Array): PictureHeader {
  if (!knownFrames.includes(marker)) throw unsupportedPicture('JPEG', 'it uses a rare compression');
  if (frame.length < 6) throw truncatedPicture('JPEG');
  const [precision, heightHigh, heightLow, widthHigh, widthLow, channels] = frame as unknown as number[];
  if (precision !== 8) throw unsupportedPicture('JPEG', `it has ${precision} bits per value`);
  if (channels !== 1 && channels !== 3) {
    throw unsupportedPicture(
      'JPEG',
      channels === 4 ? 'its colors are for printing (CMYK)' : `it has ${channels} channels`,
    );
  }
  return { width: widthHigh! * 256 + widthLow!, height: heightHigh! * 256 + heightLow!, channels };
}
