/**
 * Pictures changed a little each time they are shown: with a teacher in the step each of them has its own target. Seeded: the
 * same seed changes them the same everywhere.
 */
import type { FeedTensor } from '../data/feeds';
import type { SeededRandom } from '../seeded-random';

export type Augmentation = 'none' | 'shift' | 'flip-shift' | 'flip-shift-mix';

/** The axes of a batch of pictures that hold channels, rows and columns. */
export interface PictureLayout {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly channelsLast: boolean;
}

/** The other picture that a picture is mixed with, and its own share: y = share·own + (1 − share)·other. */
export interface Mixture {
  readonly other: number;
  readonly share: number;
}

/** Smaller ones are no pictures. */
const leastSide = 8;
/** Pictures are moved by up to this share of their side, one pixel at least: ±2 of 32. */
const shiftShare = 1 / 16;

/** The share of the steps in which pictures are mixed. */
const mixedShare = 0.85;
/**
 * The share of pictures that are warped in steps that mix them. The bounds are sides up to 13 % longer or shorter, and
 * 7° of rotation and of slant.
 */
const warpedShare = 0.8;
const warp = 0.12;

/**
 * Returns the augmentation of a step counted from 1. The model never meets mixed pictures in use, so the last steps do not mix, as
 * detectors end without mosaics (Ge et al. 2021).
 */
export function augmentationAt(kind: Augmentation, step: number, steps: number): Augmentation {
  return kind === 'flip-shift-mix' && step > mixedShare * steps ? 'flip-shift' : kind;
}

/** The layout of an input that looks like pictures: rank 4 with one or three channels. */
export function pictureLayout(dims: readonly number[]): PictureLayout | undefined {
  const [, a = 0, b = 0, c = 0] = dims;
  const isChannels = (size: number): boolean => size === 1 || size === 3;
  if (dims.length !== 4) return undefined;
  if (isChannels(a) && b >= leastSide && c >= leastSide)
    return { channels: a, height: b, width: c, channelsLast: false };
  if (isChannels(c) && a >= leastSide && b >= leastSide)
    return { channels: c, height: a, width: b, channelsLast: true };
  return undefined;
}

type Numbers = Float32Array | Uint8Array;

/** Changes a batch in place, and says what each picture was mixed with. Only float32 and uint8 are changed. */
export function augmentPictures(
  tensor: FeedTensor,
  layout: PictureLayout,
  kind: Augmentation,
  random: SeededRandom,
): readonly Mixture[] {
  const batch = tensor.dims[0]!;
  const mixtures = Array.from({ length: batch }, (_, own): Mixture => ({ other: own, share: 1 }));
  const { data } = tensor;
  if (kind === 'none' || !(data instanceof Float32Array || data instanceof Uint8Array)) return mixtures;
  const size = layout.channels * layout.height * layout.width;
  const picture = (index: number): Numbers => data.subarray(index * size, (index + 1) * size);
  for (let index = 0; index < batch; index++) {
    if (kind === 'flip-shift-mix' && random.next() < warpedShare) warpPicture(picture(index), layout, random);
    movePicture(picture(index), layout, kind !== 'shift', random);
  }
  if (kind !== 'flip-shift-mix' || batch < 2) return mixtures;
  // Partners before any of them is mixed.
  const before = data.slice();
  const other = (index: number): Numbers => before.subarray(index * size, (index + 1) * size);
  return mixtures.map((_, own) => {
    const partner = Math.floor(random.next() * batch);
    const choice = random.next();
    const share = 0.5 + random.next() / 2;
    if (choice < 0.5) return { other: partner, share: pastePatch(picture(own), other(partner), layout, share, random) };
    if (choice < 0.75 && data instanceof Float32Array) {
      blend(picture(own) as Float32Array, other(partner) as Float32Array, share);
      return { other: partner, share };
    }
    return { other: own, share: 1 };
  });
}

/** Moved by a few pixels, with the edge reflected into what comes free, and flipped left to right every other time. */
function movePicture(picture: Numbers, layout: PictureLayout, flips: boolean, random: SeededRandom): void {
  const { channels, height, width, channelsLast } = layout;
  const offset = (side: number): number =>
    Math.round((2 * random.next() - 1) * Math.max(1, Math.floor(side * shiftShare)));
  const [down, right] = [offset(height), offset(width)];
  const flipped = flips && random.next() < 0.5;
  const from = picture.slice();
  const columns = Int32Array.from({ length: width }, (_, x) => reflect((flipped ? width - 1 - x : x) + right, width));
  const [pixel, plane] = channelsLast ? [channels, 1] : [1, height * width];
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      const source = channel * plane + reflect(y + down, height) * width * pixel;
      const target = channel * plane + y * width * pixel;
      for (let x = 0; x < width; x++) picture[target + x * pixel] = from[source + columns[x]! * pixel]!;
    }
  }
}

/**
 * Scaled along each side, turned and slanted about the middle, read between four pixels; beyond the edge, its last pixels go on. Bytes
 * are rounded down, which no model sees.
 */
function warpPicture(picture: Numbers, layout: PictureLayout, random: SeededRandom): void {
  const { channels, height, width, channelsLast } = layout;
  const draw = (): number => warp * (2 * random.next() - 1);
  const [wide, high, angle, slant] = [Math.exp(draw()), Math.exp(draw()), draw(), draw()];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const from = picture.slice();
  const [pixel, plane] = channelsLast ? [channels, 1] : [1, height * width];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [right, down] = [x - middleX, y - middleY];
      const fromX = clamp(wide * cos * right + (slant - high * sin) * down + middleX, width - 1);
      const fromY = clamp(wide * sin * right + high * cos * down + middleY, height - 1);
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [shareX, shareY] = [fromX - left, fromY - top];
      const [next, below] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
      for (let channel = 0; channel < channels; channel++) {
        const at = (row: number, column: number): number => from[channel * plane + (row * width + column) * pixel]!;
        const upper = (1 - shareX) * at(top, left) + shareX * at(top, next);
        const lower = (1 - shareX) * at(below, left) + shareX * at(below, next);
        picture[channel * plane + (y * width + x) * pixel] = (1 - shareY) * upper + shareY * lower;
      }
    }
  }
}

const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value));

/** Mirrors positions beyond the edge at the last pixel. */
function reflect(at: number, size: number): number {
  const back = at < 0 ? -at : at;
  return back >= size ? 2 * (size - 1) - back : back;
}

/** CutMix (Yun et al. 2019): a rectangle of another picture. Returns the share that is left of the own one. */
function pastePatch(
  picture: Numbers,
  other: Numbers,
  { channels, height, width, channelsLast }: PictureLayout,
  share: number,
  random: SeededRandom,
): number {
  const ratio = Math.sqrt(1 - share);
  const [rows, columns] = [Math.round(height * ratio), Math.round(width * ratio)];
  const top = Math.floor(random.next() * (height - rows + 1));
  const left = Math.floor(random.next() * (width - columns + 1));
  const [pixel, plane] = channelsLast ? [channels, 1] : [1, height * width];
  for (let channel = 0; channel < channels; channel++) {
    for (let y = top; y < top + rows; y++) {
      for (let x = left; x < left + columns; x++) {
        const at = channel * plane + (y * width + x) * pixel;
        picture[at] = other[at]!;
      }
    }
  }
  return 1 - (rows * columns) / (height * width);
}

/** mixup (Zhang et al. 2018). */
function blend(picture: Float32Array, other: Float32Array, share: number): void {
  for (let index = 0; index < picture.length; index++) {
    picture[index] = share * picture[index]! + (1 - share) * other[index]!;
  }
}
