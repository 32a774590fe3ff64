/**
 * Decodes PNG with code of its own, because no library gives Pillow's pixels and a reason for damage.
 * `decode-picture.golden.runtime.test.ts` has 46 PNG files.
 * @jsquash/png 3.1 decodes 43: it keeps the upper bits of 16-bit gray (`png-0-16.png`). It also ignores wrong checksums, reserves memory
 *   for any stated size, and has one error for everything. fast-png 8.0 fails on interlaced files of fewer than 8 bits
 *   (`png-0-1-interlaced.png`) and ignores wrong checksums. upng-js 2.1 misreads gray of 1, 2, 4 and 16 bits (`png-0-4.png`).
 */
import type { Picture } from '../dataset';
import { checkPictureSize, damagedPicture } from './picture-errors';
import { pngColor, readPngChunks, type PngChunks, type PngHeader } from './png-chunks';
import { readPngRows } from './png-rows';

interface Pass {
  readonly firstColumn: number;
  readonly firstRow: number;
  readonly columnStep: number;
  readonly rowStep: number;
}

/** Adam7 (PNG specification, section 8.2). */
const interlacedPasses: readonly Pass[] = [
  { firstColumn: 0, firstRow: 0, columnStep: 8, rowStep: 8 },
  { firstColumn: 4, firstRow: 0, columnStep: 8, rowStep: 8 },
  { firstColumn: 0, firstRow: 4, columnStep: 4, rowStep: 8 },
  { firstColumn: 2, firstRow: 0, columnStep: 4, rowStep: 4 },
  { firstColumn: 0, firstRow: 2, columnStep: 2, rowStep: 4 },
  { firstColumn: 1, firstRow: 0, columnStep: 2, rowStep: 2 },
  { firstColumn: 0, firstRow: 1, columnStep: 1, rowStep: 2 },
];
const onlyPass: readonly Pass[] = [{ firstColumn: 0, firstRow: 0, columnStep: 1, rowStep: 1 }];

const samplesPerPixel: Readonly<Record<number, number>> = {
  [pngColor.gray]: 1,
  [pngColor.rgb]: 3,
  [pngColor.palette]: 1,
  [pngColor.grayAlpha]: 2,
  [pngColor.rgbAlpha]: 4,
};

/**
 * Decodes a PNG of any color type and bit depth to 8 bits per channel, with the values of Pillow. 1, 2 and 4 bits are
 * spread over 0 to 255. The upper 8 of 16 bits are kept, except that gray without alpha is cut off at 255, like
 * Pillow's `I;16`. A palette becomes RGB, entries that it lacks are black. `tRNS` becomes an alpha channel. Gamma,
 * color profiles and orientation are not applied. Throws `data/picture-…`.
 */
export function decodePng(bytes: Uint8Array): Picture {
  const chunks = readPngChunks(bytes);
  const { header } = chunks;
  const { width, height, bitDepth, colorType } = header;
  checkPictureSize('PNG', width, height);
  if (colorType === pngColor.palette && chunks.palette === null) {
    throw damagedPicture('PNG', 'it needs a color palette, which is missing');
  }
  const bitsPerPixel = bitDepth * samplesPerPixel[colorType]!;
  const passes = header.interlaced ? interlacedPasses : onlyPass;
  const sizes = passes.map((pass) => ({
    columns: Math.ceil((width - pass.firstColumn) / pass.columnStep),
    rows: Math.ceil((height - pass.firstRow) / pass.rowStep),
  }));
  const groups = sizes.map(({ columns, rows }) => ({ rows, rowBytes: Math.ceil((columns * bitsPerPixel) / 8) }));
  const writer = createPixelWriter(chunks);
  let pixels: Uint8Array | null = null;
  readPngRows(chunks.compressed, groups, Math.max(1, bitsPerPixel >> 3), (group, row, rowBytes) => {
    // Memory is reserved only after a row was unpacked, because a few bytes may claim any size.
    pixels ??= new Uint8Array(width * height * writer.channels);
    const pass = passes[group]!;
    const start = ((pass.firstRow + row * pass.rowStep) * width + pass.firstColumn) * writer.channels;
    writer.write(rowBytes, sizes[group]!.columns, pixels, start, pass.columnStep * writer.channels);
  });
  return { width, height, channels: writer.channels, pixels: pixels! };
}

interface PixelWriter {
  readonly channels: Picture['channels'];
  /** Writes `columns` pixels of a row, the first at `start`, each `step` behind the one before. */
  write(row: Uint8Array, columns: number, pixels: Uint8Array, start: number, step: number): void;
}

function createPixelWriter({ header, palette, transparency }: PngChunks): PixelWriter {
  if (header.colorType === pngColor.palette) return paletteWriter(header.bitDepth, palette!, transparency);
  const samples = samplesPerPixel[header.colorType]!;
  const keyed = samples === 1 || samples === 3 ? transparency : null;
  if (keyed === null) return plainWriter(header, samples as Picture['channels']);
  if (keyed.length < samples * 2) throw damagedPicture('PNG', 'its transparent color is incomplete');
  return keyedWriter(header, samples, keyed);
}

function plainWriter(header: PngHeader, channels: Picture['channels']): PixelWriter {
  const { bitDepth } = header;
  const to8Bits = sampleTo8Bits(header);
  return {
    channels,
    write(row, columns, pixels, start, step) {
      if (bitDepth === 8 && step === channels) {
        pixels.set(row, start);
        return;
      }
      for (let column = 0, target = start, sample = 0; column < columns; column++, target += step) {
        for (let channel = 0; channel < channels; channel++, sample++) {
          pixels[target + channel] = to8Bits(sampleAt(row, sample, bitDepth));
        }
      }
    },
  };
}

/** One color is transparent; it is compared before the samples lose bits. */
function keyedWriter(header: PngHeader, samples: number, key: Uint8Array): PixelWriter {
  const { bitDepth } = header;
  const to8Bits = sampleTo8Bits(header);
  const keySamples = Array.from({ length: samples }, (_, index) => key[index * 2]! * 256 + key[index * 2 + 1]!);
  return {
    channels: (samples + 1) as Picture['channels'],
    write(row, columns, pixels, start, step) {
      for (let column = 0, target = start, sample = 0; column < columns; column++, target += step) {
        let transparent = true;
        for (let channel = 0; channel < samples; channel++, sample++) {
          const value = sampleAt(row, sample, bitDepth);
          transparent &&= value === keySamples[channel];
          pixels[target + channel] = to8Bits(value);
        }
        pixels[target + samples] = transparent ? 0 : 255;
      }
    },
  };
}

function paletteWriter(bitDepth: number, palette: Uint8Array, alphas: Uint8Array | null): PixelWriter {
  const channels = alphas === null ? 3 : 4;
  const colors = new Uint8Array(256 * channels);
  for (let entry = 0; entry < 256; entry++) {
    const color = palette.subarray(entry * 3, entry * 3 + 3);
    if (color.length === 3) colors.set(color, entry * channels);
    if (alphas !== null) colors[entry * 4 + 3] = alphas[entry] ?? 255;
  }
  return {
    channels,
    write(row, columns, pixels, start, step) {
      for (let column = 0, target = start; column < columns; column++, target += step) {
        const entry = sampleAt(row, column, bitDepth) * channels;
        for (let channel = 0; channel < channels; channel++) pixels[target + channel] = colors[entry + channel]!;
      }
    },
  };
}

function sampleAt(row: Uint8Array, index: number, bitDepth: number): number {
  if (bitDepth === 8) return row[index]!;
  if (bitDepth === 16) return row[index * 2]! * 256 + row[index * 2 + 1]!;
  const bit = index * bitDepth;
  return (row[bit >> 3]! >> (8 - bitDepth - (bit & 7))) & ((1 << bitDepth) - 1);
}

function sampleTo8Bits({ bitDepth, colorType }: PngHeader): (sample: number) => number {
  if (bitDepth === 16) return colorType === pngColor.gray ? (sample) => Math.min(sample, 255) : (sample) => sample >> 8;
  const factor = 255 / ((1 << bitDepth) - 1);
  return (sample) => sample * factor;
}
