import { ParetoError } from '../../errors';
import type { Picture } from '../dataset';
import type { ImagePreprocessing } from '../mapping/mapping';

type AveragingFilter = Exclude<ImagePreprocessing['filter'], 'nearest'>;

/** The weights of the pixels of one axis: output `i` is the sum of `counts[i]` inputs from `starts[i]` on. */
interface ResampleWeights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** Fixed point with 22 bits behind the point; those of output `i` begin at `i × stride`. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** Bits behind the point: 32 − 8 for the pixel − 2 for weights that overshoot. */
const weightBits = 22;

const supports: Readonly<Record<AveragingFilter, number>> = { bilinear: 1, bicubic: 2 };

function bilinear(distance: number): number {
  const x = Math.abs(distance);
  return x < 1 ? 1 - x : 0;
}

/** Keys' kernel with a = −0.5. */
function bicubic(distance: number): number {
  const x = Math.abs(distance);
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/**
 * Computes the weights of outputs `first` to `first + count` when `inputSize` pixels become `outputSize`. Follows
 * `precompute_coeffs` and `normalize_coeffs_8bpc` of Pillow's `Resample.c` step by step, so the weights are equal to
 * the bit. The kernel is stretched when the picture shrinks (antialiasing) and cut off at the edges.
 */
function resampleWeights(
  filter: AveragingFilter,
  inputSize: number,
  outputSize: number,
  first: number,
  count: number,
): ResampleWeights {
  const kernel = filter === 'bilinear' ? bilinear : bicubic;
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  const support = supports[filter] * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const exact = new Float64Array(stride);
  for (let index = 0; index < count; index++) {
    const center = (first + index + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const taps = Math.min(inputSize, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      exact[tap] = kernel((tap + start - center + 0.5) * (1 / stretch));
      sum += exact[tap]!;
    }
    for (let tap = 0; tap < taps; tap++) {
      const weight = sum === 0 ? exact[tap]! : exact[tap]! / sum;
      weights[index * stride + tap] = Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << weightBits));
    }
    starts[index] = start;
    counts[index] = taps;
  }
  return { starts, counts, weights, stride };
}

/**
 * Returns the input pixel of each output from `first` on, for the filter `nearest`: the one that holds the output's center. Adds up the
 * step as Pillow's `ImagingScaleAffine` does; a multiplication would round differently.
 */
function nearestPixels(inputSize: number, outputSize: number, first: number, count: number): Int32Array {
  const step = inputSize / outputSize;
  const pixels = new Int32Array(count);
  let position = step * 0.5;
  for (let index = 0; index < first + count; index++) {
    if (index >= first) pixels[index - first] = Math.min(Math.trunc(position), inputSize - 1);
    position += step;
  }
  return pixels;
}

/** The part of the resized picture that is wanted, in pixels of the resized picture. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One picture between the two passes; larger ones only come from sizes that no model has. */
const maximumIntermediateBytes = 2 ** 30;

/**
 * Resizes to `width` × `height` and returns `region` of that, pixel by pixel equal to `Image.resize` of Pillow 13 for
 * 8-bit pictures. One axis is resized after the other, each rounded to 8 bits, and an axis that keeps its size is
 * skipped. Rows come first, unless the height shrinks by more than twice what the width does. (Pillow up to 12 always
 * begins with the rows, so its values differ by one in places.)
 */
export function resizePicture(
  picture: Picture,
  { width, height }: { readonly width: number; readonly height: number },
  filter: ImagePreprocessing['filter'],
  region: Region = { left: 0, top: 0, width, height },
): Picture {
  const keepsSize = width === picture.width && height === picture.height;
  if (filter === 'nearest' || keepsSize) return pickPixels(picture, width, height, region);
  // An axis that keeps its size has one weight of 1: each pixel stays what it is.
  const across = cachedWeights(filter, picture.width, width, region.left, region.width);
  const down = cachedWeights(filter, picture.height, height, region.top, region.height);
  const heightFirst = height < picture.height && picture.height - height > 2 * (picture.width - width);
  if (heightFirst) {
    const used = usedPixels(across);
    return resizeWidth(resizeHeight(picture, down, 0, used), across, used.start, { start: 0, count: region.height });
  }
  const used = usedPixels(down);
  return resizeHeight(resizeWidth(picture, across, 0, used), down, used.start, { start: 0, count: region.width });
}

interface Span {
  readonly start: number;
  readonly count: number;
}

/** Returns the pixels of the first pass that the second one reads. No others need to be computed. */
function usedPixels({ starts, counts }: ResampleWeights): Span {
  const last = starts.length - 1;
  return { start: starts[0]!, count: starts[last]! + counts[last]! - starts[0]! };
}

/** Resizes the rows of `rows`. `shift`: the column of the whole picture that `picture` begins with. */
function resizeWidth(picture: Picture, weights: ResampleWeights, shift: number, rows: Span): Picture {
  const { width: inputWidth, channels, pixels } = picture;
  const width = weights.starts.length;
  const result = allocatePixels(width, rows.count, channels);
  for (let row = 0; row < rows.count; row++) {
    const source = ((rows.start + row) * inputWidth - shift) * channels;
    const target = row * width * channels;
    for (let channel = 0; channel < channels; channel++) {
      resizeRow(pixels, source + channel, result, target + channel, channels, weights);
    }
  }
  return { width, height: rows.count, channels, pixels: asBytes(result) };
}

/** One channel of one row. The result clamps by itself. */
function resizeRow(
  pixels: Uint8Array,
  source: number,
  result: Uint8ClampedArray,
  target: number,
  channels: number,
  { starts, counts, weights, stride }: ResampleWeights,
): void {
  for (let column = 0; column < starts.length; column++) {
    let sum = 1 << (weightBits - 1);
    let position = source + starts[column]! * channels;
    const first = column * stride;
    const end = first + counts[column]!;
    for (let tap = first; tap < end; tap++, position += channels) {
      sum = (sum + Math.imul(pixels[position]!, weights[tap]!)) | 0;
    }
    result[target + column * channels] = sum >> weightBits;
  }
}

/** Resizes the columns of `columns`. `shift`: the row of the whole picture that `picture` begins with. */
function resizeHeight(picture: Picture, weights: ResampleWeights, shift: number, columns: Span): Picture {
  const { width: inputWidth, channels, pixels } = picture;
  const height = weights.starts.length;
  const rowLength = columns.count * channels;
  const result = allocatePixels(columns.count, height, channels);
  const sums = new Int32Array(rowLength);
  for (let row = 0; row < height; row++) {
    sums.fill(1 << (weightBits - 1));
    for (let tap = 0; tap < weights.counts[row]!; tap++) {
      const weight = weights.weights[row * weights.stride + tap]!;
      const source = ((weights.starts[row]! - shift + tap) * inputWidth + columns.start) * channels;
      for (let index = 0; index < rowLength; index++) {
        sums[index] = (sums[index]! + Math.imul(pixels[source + index]!, weight)) | 0;
      }
    }
    const target = row * rowLength;
    for (let index = 0; index < rowLength; index++) result[target + index] = sums[index]! >> weightBits;
  }
  return { width: columns.count, height, channels, pixels: asBytes(result) };
}

function allocatePixels(width: number, height: number, channels: number): Uint8ClampedArray {
  const sizeBytes = width * height * channels;
  if (sizeBytes > maximumIntermediateBytes) {
    throw new ParetoError(
      'data/picture-too-large',
      'Resizing this image to the size of the input needs over 1 GB of memory: make the image smaller.',
    );
  }
  return new Uint8ClampedArray(sizeBytes);
}

function pickPixels(
  { width: inputWidth, height: inputHeight, channels, pixels }: Picture,
  width: number,
  height: number,
  region: Region,
): Picture {
  const columns = nearestPixels(inputWidth, width, region.left, region.width);
  const rows = nearestPixels(inputHeight, height, region.top, region.height);
  const result = new Uint8Array(region.width * region.height * channels);
  let target = 0;
  for (let row = 0; row < region.height; row++) {
    const start = rows[row]! * inputWidth;
    for (let column = 0; column < region.width; column++) {
      const source = (start + columns[column]!) * channels;
      for (let channel = 0; channel < channels; channel++) result[target++] = pixels[source + channel]!;
    }
  }
  return { width: region.width, height: region.height, channels, pixels: result };
}

function asBytes({ buffer, byteOffset, byteLength }: Uint8ClampedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Pictures of a data set mostly share a few sizes. The oldest is dropped; what is large is not kept at all. */
const cache = new Map<string, ResampleWeights>();
const maximumCached = 64;
const maximumCachedWeights = 65_536;

function cachedWeights(...key: Parameters<typeof resampleWeights>): ResampleWeights {
  const name = key.join();
  const known = cache.get(name);
  if (known !== undefined) return known;
  const made = resampleWeights(...key);
  if (made.weights.length <= maximumCachedWeights) {
    cache.set(name, made);
    if (cache.size > maximumCached) cache.delete(cache.keys().next().value!);
  }
  return made;
}
