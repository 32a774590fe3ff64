import { ParetoError } from '../../errors';
import type { Picture } from '../dataset';
import type { FeedTensor } from '../feeds';

/**
 * Converts an array of bytes to a picture: [height, width], [height, width, channels], or [channels, height, width]
 * with 1, 3 or 4 channels. If the first and the last axis could both be channels, the last one is. Throws
 * `data/picture`.
 */
export function pictureOfTensor({ dtype, dims, data }: FeedTensor, who: string): Picture {
  if (dtype === 'uint8' && data instanceof Uint8Array) {
    const [first, second, third] = dims;
    if (dims.length === 2) return { height: first!, width: second!, channels: 1, pixels: data };
    if (dims.length === 3 && isChannels(third)) {
      return { height: first!, width: second!, channels: third, pixels: data };
    }
    if (dims.length === 3 && isChannels(first)) {
      return { height: second!, width: third!, channels: first, pixels: interleave(data, first) };
    }
  }
  throw new ParetoError(
    'data/picture',
    `${who} of type ${dtype} and shape [${dims.join(', ')}] is not an image: this needs uint8 and [height, width], with 1, 3 or 4 channels first or last.`,
  );
}

/** True if an array can be shown as a picture; a row of a table of bytes cannot. */
export function isPictureArray({ dtype, dims }: FeedTensor): boolean {
  return dtype === 'uint8' && dims.every((size) => size >= 1) && isPictureShape(dims);
}

/** True for [height, width], also with 1, 3 or 4 channels first or last. A `null` is a size that is not known yet. */
export function isPictureShape(shape: readonly (number | null)[]): boolean {
  return shape.length === 2 || (shape.length === 3 && (isChannels(shape[0]) || isChannels(shape[2])));
}

function isChannels(size: number | null | undefined): size is 1 | 3 | 4 {
  return size === 1 || size === 3 || size === 4;
}

function interleave(planes: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return planes;
  const pixels = new Uint8Array(planes.length);
  const size = planes.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    const plane = planes.subarray(channel * size, (channel + 1) * size);
    for (let i = 0; i < size; i++) pixels[i * channels + channel] = plane[i]!;
  }
  return pixels;
}
