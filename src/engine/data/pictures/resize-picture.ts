import { ParetoError } from '../../errors';
import type { Picture } from '../dataset';
import type { ImagePreprocessing } from '../mapping/mapping';
import { nearestPixels, resampleWeights, weightBits, type ResampleWeights } from './resample-weights';

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
