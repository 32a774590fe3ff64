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
 * Resizes to `width` × `height` and returns `region` of that, pixel by pixel equal to `Image.resize` of Pillow for 8-bit
 * pictures: first the rows, then the columns, each rounded to 8 bits; an axis that keeps its size is left alone.
 * Channels are resized independently of each other, alpha like the rest.
 */
export function resizePicture(
  picture: Picture,
  { width, height }: { readonly width: number; readonly height: number },
  filter: ImagePreprocessing['filter'],
  region: Region = { left: 0, top: 0, width, height },
): Picture {
  if (filter === 'nearest') return pickPixels(picture, width, height, region);
  const columns =
    width === picture.width ? null : cachedWeights(filter, picture.width, width, region.left, region.width);
  const rows =
    height === picture.height ? null : cachedWeights(filter, picture.height, height, region.top, region.height);
  // Only the rows that the second pass reads are made by the first.
  const firstRow = rows === null ? region.top : rows.starts[0]!;
  const lastIndex = region.height - 1;
  const endRow = rows === null ? region.top + region.height : rows.starts[lastIndex]! + rows.counts[lastIndex]!;
  const across = resizeRows(picture, columns, region, firstRow, endRow - firstRow);
  return rows === null ? across : resizeColumns(across, rows, firstRow);
}

function resizeRows(
  { width, channels, pixels }: Picture,
  weights: ResampleWeights | null,
  region: Region,
  firstRow: number,
  rows: number,
): Picture {
  if (rows * region.width * channels > maximumIntermediateBytes) {
    throw new ParetoError(
      'data/picture-too-large',
      'Resizing this picture to the size of the input takes over 1 GB of memory: make the picture smaller.',
    );
  }
  const result = new Uint8ClampedArray(rows * region.width * channels);
  for (let row = 0; row < rows; row++) {
    const source = (firstRow + row) * width * channels;
    const target = row * region.width * channels;
    if (weights !== null) {
      for (let channel = 0; channel < channels; channel++) {
        resizeRow(pixels, source + channel, result, target + channel, channels, weights);
      }
    } else {
      const start = source + region.left * channels;
      result.set(pixels.subarray(start, start + region.width * channels), target);
    }
  }
  return { width: region.width, height: rows, channels, pixels: asBytes(result) };
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

function resizeColumns(
  { width, channels, pixels }: Picture,
  { starts, counts, weights, stride }: ResampleWeights,
  firstRow: number,
): Picture {
  const rowLength = width * channels;
  const height = starts.length;
  const result = new Uint8ClampedArray(height * rowLength);
  const sums = new Int32Array(rowLength);
  for (let row = 0; row < height; row++) {
    sums.fill(1 << (weightBits - 1));
    for (let tap = 0; tap < counts[row]!; tap++) {
      const weight = weights[row * stride + tap]!;
      const source = (starts[row]! - firstRow + tap) * rowLength;
      for (let index = 0; index < rowLength; index++) {
        sums[index] = (sums[index]! + Math.imul(pixels[source + index]!, weight)) | 0;
      }
    }
    const target = row * rowLength;
    for (let index = 0; index < rowLength; index++) result[target + index] = sums[index]! >> weightBits;
  }
  return { width, height, channels, pixels: asBytes(result) };
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
