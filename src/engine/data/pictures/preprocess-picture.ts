import { ParetoError } from '../../errors';
import type { Picture } from '../dataset';
import type { ImagePreprocessing } from '../mapping/mapping';
import { fitPicture } from './fit-picture';
import { resizePicture } from './resize-picture';

/** No model takes a larger side. The bound is needed because somebody else may have written the file of the mapping. */
const maximumSide = 8192;

/**
 * Preprocesses one picture for a model. The result is float32 in `layout`, without a batch axis: [channels, height,
 * width] or [height, width, channels]. In this order, alpha is dropped, gray is computed if `channels` says so, and the
 * picture is resized, cropped and padded in 8 bits. Then each value becomes (x × scale − mean) ÷ std.
 *
 * Up to the last step all values equal Pillow's to the bit. The order of the steps is that of torchvision's `Resize`,
 * `CenterCrop`, `ToTensor` and `Normalize`. The product x × scale is computed in float64 and rounded once to float32.
 * For the scale 1/255 this equals torchvision's float32 division by 255 for all 256 values. The results of − and ÷ are
 * each rounded to float32. Padding is normalized like every other pixel. Throws `data/preprocessing` for invalid
 * options.
 */
export function preprocessPicture(picture: Picture, options: ImagePreprocessing): Float32Array {
  checkOptions(options);
  const tables = normalizationTables(options);
  const source = options.channels === 'gray' ? toGray(picture) : withoutAlpha(picture);
  const { resized, region, left, top } = fitPicture(picture, options);
  const fitted = resizePicture(source, resized, options.filter, region);
  const channels = tables.length;
  const values = new Float32Array(channels * options.width * options.height);
  const isPadded = region.width < options.width || region.height < options.height;
  // Torchvision's center crop pads with zeros; only a letterbox chooses its color.
  const padding = options.fit === 'contain' ? (options.padding ?? 0) : 0;
  const isPlanar = options.layout === 'NCHW';
  for (let channel = 0; channel < channels; channel++) {
    const table = tables[channel]!;
    const start = isPlanar ? channel * options.width * options.height : channel;
    const step = isPlanar ? 1 : channels;
    if (isPadded) fillChannel(values, table[padding]!, start, step, options.width * options.height);
    const place = { start: start + (top * options.width + left) * step, step, rowStep: options.width * step };
    writeChannel(fitted, sourceChannel(fitted, options.channels, channel), table, values, place);
  }
  return values;
}

interface Place {
  readonly start: number;
  /** The distance from one pixel to the next, and from one row to the next. */
  readonly step: number;
  readonly rowStep: number;
}

function fillChannel(values: Float32Array, value: number, start: number, step: number, count: number): void {
  for (let index = 0, target = start; index < count; index++, target += step) values[target] = value;
}

function writeChannel(
  { width, height, channels, pixels }: Picture,
  channel: number,
  table: Float32Array,
  values: Float32Array,
  { start, step, rowStep }: Place,
): void {
  let source = channel;
  for (let row = 0; row < height; row++) {
    let target = start + row * rowStep;
    for (let column = 0; column < width; column++, source += channels, target += step) {
      values[target] = table[pixels[source]!]!;
    }
  }
}

/** A gray picture fed as color has the same values three times. */
function sourceChannel(picture: Picture, channels: ImagePreprocessing['channels'], channel: number): number {
  if (picture.channels === 1) return 0;
  return channels === 'bgr' ? 2 - channel : channel;
}

/** The 256 values that a pixel can become, for each channel: the arithmetic is done once, not once per pixel. */
function normalizationTables({ channels, scale, mean, std }: ImagePreprocessing): readonly Float32Array[] {
  return Array.from({ length: channels === 'gray' ? 1 : 3 }, (_, channel) => {
    const subtracted = Math.fround(mean[channel] ?? mean[0]!);
    const divisor = Math.fround(std[channel] ?? std[0]!);
    return new Float32Array(256).map((_zero, pixel) => Math.fround(Math.fround(pixel * scale) - subtracted) / divisor);
  });
}

function checkOptions({ width, height, channels, scale, mean, std, shorterSide, padding }: ImagePreprocessing): void {
  for (const [name, side] of Object.entries({ width, height, shorterSide })) {
    if (side !== undefined && !(Number.isInteger(side) && side >= 1 && side <= maximumSide)) {
      throw refused(`"${name}" is ${side}; it must be an integer from 1 to ${maximumSide}`);
    }
  }
  if (padding !== undefined && !(Number.isInteger(padding) && padding >= 0 && padding <= 255)) {
    throw refused(`"padding" is ${padding}; it must be an integer from 0 to 255`);
  }
  if (!Number.isFinite(scale)) throw refused('"scale" is not a number');
  const count = channels === 'gray' ? 1 : 3;
  for (const [name, values] of Object.entries({ mean, std })) {
    if ((values.length !== 1 && values.length !== count) || !values.every(Number.isFinite)) {
      throw refused(`"${name}" needs one number, or one for each of the ${count} channels`);
    }
  }
  if (std.some((value) => Math.fround(value) === 0)) throw refused('"std" contains 0, a division by zero');
}

function refused(what: string): ParetoError {
  return new ParetoError('data/preprocessing', `This image preprocessing is not valid: ${what}.`);
}

/**
 * Drops alpha (it is not blended with anything), as `Image.convert("RGB")` and `convert("L")` of Pillow do: gray keeps
 * one channel, color three.
 */
function withoutAlpha(picture: Picture): Picture {
  if (picture.channels === 1 || picture.channels === 3) return picture;
  const { width, height, channels, pixels } = picture;
  const kept = channels === 2 ? 1 : 3;
  const result = new Uint8Array(width * height * kept);
  for (let source = 0, target = 0; target < result.length; source += channels, target += kept) {
    result[target] = pixels[source]!;
    if (kept === 3) {
      result[target + 1] = pixels[source + 1]!;
      result[target + 2] = pixels[source + 2]!;
    }
  }
  return { width, height, channels: kept, pixels: result };
}

/**
 * Luma of ITU-R 601-2 in the integers of Pillow's `convert("L")`: (19595 R + 38470 G + 7471 B + 32768) ÷ 65536, rounded
 * down. Alpha is dropped.
 */
export function toGray(picture: Picture): Picture {
  const { width, height, channels, pixels } = withoutAlpha(picture);
  if (channels === 1) return { width, height, channels, pixels };
  const result = new Uint8Array(width * height);
  for (let source = 0, target = 0; target < result.length; source += 3, target++) {
    result[target] =
      (pixels[source]! * 19595 + pixels[source + 1]! * 38470 + pixels[source + 2]! * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, pixels: result };
}
