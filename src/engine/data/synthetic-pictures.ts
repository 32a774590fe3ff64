/** Random pictures: like photographs, like text, and like neither. */
import type { SeededRandom } from '../seeded-random';
import type { ImageLayout } from './free-dimensions';

/** Like a photograph, like text or a drawing, and without any structure. */
export type PictureKind = 'smooth' | 'strokes' | 'noise';

/** The kinds of several inputs in turns. A variant may lose little on one kind and much on another. */
export const pictureKinds: readonly PictureKind[] = ['smooth', 'strokes', 'noise'];

/** The kind of the pictures of one of several inputs, by its number. */
export function pictureKindOf(set: number): PictureKind {
  return pictureKinds[set % pictureKinds.length]!;
}

/** Coarse picture cells, and the share of fine noise on top, that make a picture neither flat nor pure noise. */
const pictureCells = 8;
const pictureNoise = 0.2;
/** The share of a picture that strokes cover, about that of a line of text. */
const strokeCover = 0.25;
/** The thickest and the longest stroke as parts of the height: those of large letters. */
const [thickestStroke, longestStroke] = [1 / 12, 1 / 3];

interface Plane {
  readonly values: Float32Array;
  readonly start: number;
  readonly stride: number;
  readonly height: number;
  readonly width: number;
}

/** Pictures of the shape `dims` with values in [-1, 1]. */
export function pictureValues(
  kind: PictureKind,
  layout: ImageLayout,
  dims: readonly number[],
  random: SeededRandom,
): Float32Array<ArrayBuffer> {
  const [height, width, channelCount] =
    layout === 'NCHW' ? [dims[2]!, dims[3]!, dims[1]!] : [dims[1]!, dims[2]!, dims[3]!];
  const [stride, planeStride] = layout === 'NCHW' ? [1, height * width] : [channelCount, 1];
  const values = new Float32Array(dims.reduce((product, size) => product * size, 1));
  const paint = { smooth: paintSmooth, strokes: paintStrokes, noise: paintNoise }[kind];
  for (let picture = 0; picture < dims[0]!; picture++) {
    const planes = Array.from({ length: channelCount }, (_, channel): Plane => {
      const start = picture * channelCount * height * width + channel * planeStride;
      return { values, start, stride, height, width };
    });
    paint(planes, random);
  }
  return values;
}

/** Each channel: random values on a coarse grid, in between bilinear, plus noise. */
function paintSmooth(planes: readonly Plane[], random: SeededRandom): void {
  const grid = new Float64Array((pictureCells + 1) ** 2);
  for (const plane of planes) {
    for (let i = 0; i < grid.length; i++) grid[i] = between(random);
    fillSmooth(plane, grid, random);
  }
}

function fillSmooth({ values, start, stride, height, width }: Plane, grid: Float64Array, random: SeededRandom): void {
  const columns = pictureCells + 1;
  let at = start;
  for (let y = 0; y < height; y++) {
    const row = (y * pictureCells) / height;
    const top = Math.floor(row);
    const down = row - top;
    for (let x = 0; x < width; x++) {
      const column = (x * pictureCells) / width;
      const left = Math.floor(column);
      const right = column - left;
      const corner = top * columns + left;
      const upper = grid[corner]! + (grid[corner + 1]! - grid[corner]!) * right;
      const lower = grid[corner + columns]! + (grid[corner + columns + 1]! - grid[corner + columns]!) * right;
      const smooth = upper + (lower - upper) * down;
      values[at] = (1 - pictureNoise) * smooth + pictureNoise * between(random);
      at += stride;
    }
  }
}

/** Bars on a plain ground of the opposite sign, alike in all channels. */
function paintStrokes(planes: readonly Plane[], random: SeededRandom): void {
  const { height, width } = planes[0] ?? { height: 0, width: 0 };
  const sign = random.next() < 0.5 ? -1 : 1;
  const ground = sign * strength(random);
  for (const plane of planes) fillBar(plane, { top: 0, left: 0, height, width }, ground);
  let covered = 0;
  while (covered < strokeCover * height * width) {
    const thin = sizeUpTo(height * thickestStroke, random);
    const long = sizeUpTo(height * longestStroke, random);
    const isUpright = random.next() < 0.5;
    const bar = {
      top: Math.floor(random.next() * height),
      left: Math.floor(random.next() * width),
      height: isUpright ? long : thin,
      width: isUpright ? thin : long,
    };
    const ink = -sign * strength(random);
    for (const plane of planes) fillBar(plane, bar, ink);
    covered += thin * long;
  }
}

function fillBar(
  { values, start, stride, height, width }: Plane,
  bar: Readonly<Record<'top' | 'left' | 'height' | 'width', number>>,
  value: number,
): void {
  for (let y = bar.top; y < Math.min(height, bar.top + bar.height); y++) {
    for (let x = bar.left; x < Math.min(width, bar.left + bar.width); x++)
      values[start + stride * (y * width + x)] = value;
  }
}

function paintNoise(planes: readonly Plane[], random: SeededRandom): void {
  for (const { values, start, stride, height, width } of planes) {
    for (let i = 0; i < height * width; i++) values[start + stride * i] = between(random);
  }
}

const between = (random: SeededRandom): number => 2 * random.next() - 1;

const strength = (random: SeededRandom): number => (1 + random.next()) / 2;

/** A whole number from 1 to `most`. */
const sizeUpTo = (most: number, random: SeededRandom): number => 1 + Math.floor(random.next() * Math.max(1, most));
