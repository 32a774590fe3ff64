/** Drawings of changed answers for all front ends: pixels of maps, outlines of waves, boxes, and words that differ. */
import { fromBase64Url } from '../../base64-url';
import type { RgbaPixels } from '../../data/pictures/encode-png';
import type { SampleAnswer, SampleChange } from './changed-sample';

/** The pixels of a map: gray from its lowest to its highest value, or a color for each class. */
export function mapPixels({
  width,
  height,
  values,
  areClasses,
}: Extract<SampleAnswer, { kind: 'map' }>): RgbaPixels & { readonly rgba: Uint8ClampedArray<ArrayBuffer> } {
  const bytes = fromBase64Url(values) ?? new Uint8Array(0);
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let place = 0; place < width * height; place++) {
    const value = bytes[place] ?? 0;
    rgba.set(areClasses ? colorOfClass(value) : [value, value, value, 255], 4 * place);
  }
  return { width, height, rgba };
}

/** The pixels where two maps differ: red, more opaque the more they differ. `undefined` for other answers. */
export function differencePixels(before: SampleAnswer, after: SampleAnswer): ReturnType<typeof mapPixels> | undefined {
  if (before.kind !== 'map' || after.kind !== 'map') return undefined;
  const [own, other] = [before, after].map(({ values }) => fromBase64Url(values) ?? new Uint8Array(0));
  const { width, height, areClasses } = before;
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let place = 0; place < width * height; place++) {
    const gap = Math.abs((own![place] ?? 0) - (other![place] ?? 0));
    rgba.set([214, 40, 40, areClasses && gap > 0 ? 255 : gap], 4 * place);
  }
  return { width, height, rgba };
}

/** The palette of Pascal VOC: bits of the class number spread over the colors, so that near classes differ. */
function colorOfClass(number: number): readonly [number, number, number, number] {
  let [red, green, blue] = [0, 0, 0];
  for (let bit = 0; bit < 8; bit++) {
    const part = number >> (3 * bit);
    red |= (part & 1) << (7 - bit);
    green |= ((part >> 1) & 1) << (7 - bit);
    blue |= ((part >> 2) & 1) << (7 - bit);
  }
  return [red, green, blue, 255];
}

/** The path of a wave in an SVG of one unit a column and 64 units of height. */
export function wavePath(values: string): { readonly columns: number; readonly path: string } {
  const bytes = fromBase64Url(values) ?? new Uint8Array(0);
  const columns = Math.floor(bytes.length / 2);
  const bars = Array.from({ length: columns }, (_, column) => {
    const [low, high] = [bytes[2 * column]! / 4, bytes[2 * column + 1]! / 4];
    return `M${column} ${63.75 - high}h1v${Math.max(1, high - low)}h-1z`;
  });
  return { columns, path: bars.join('') };
}

interface DrawnBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The other model finds no such box. */
  readonly single: boolean;
}

/** The boxes of both answers in pixels of a picture of this size: fractions if no corner is beyond 4. */
export function drawnBoxes(
  { before, after }: Pick<SampleChange, 'before' | 'after'>,
  size: Pick<RgbaPixels, 'width' | 'height'>,
): readonly [readonly DrawnBox[], readonly DrawnBox[]] {
  const sides = [before, after].map((answer) => (answer.kind === 'boxes' ? answer.boxes : []));
  const isFractions = sides.flat().every(({ corners }) => Math.max(...corners) <= 4);
  const [across, down] = isFractions ? [size.width, size.height] : [1, 1];
  const [first, second] = sides.map((boxes) =>
    boxes.map(({ corners: [x1, y1, x2, y2], single }) => ({
      x: x1 * across,
      y: y1 * down,
      width: Math.max(0, x2 - x1) * across,
      height: Math.max(0, y2 - y1) * down,
      single,
    })),
  );
  return [first!, second!];
}

/** A text in three parts: the common beginning, the words between that differ, the common end. */
export function changedWords(text: string, otherText: string): readonly [string, string, string] {
  const [own, other] = [text.split(/(\s+)/), otherText.split(/(\s+)/)];
  const shorter = Math.min(own.length, other.length);
  let start = 0;
  while (start < shorter && own[start] === other[start]) start++;
  let end = 0;
  while (end < shorter - start && own.at(-1 - end) === other.at(-1 - end)) end++;
  const parts = [own.slice(0, start), own.slice(start, own.length - end), own.slice(own.length - end)];
  return parts.map((part) => part.join('')) as [string, string, string];
}

/** The input of a sample for people: the sound with its spectrogram, else the picture, the text, or the first numbers. */
export interface ShownInput {
  readonly picture?: RgbaPixels & { readonly rgba: Uint8ClampedArray<ArrayBuffer> };
  readonly sound?: { readonly wave: string };
  readonly text?: string;
}

type Picture = NonNullable<ShownInput['picture']>;

export function shownInput<Sound extends { readonly wave: string; readonly spectrogram: Picture }>(preview: {
  readonly pictures: readonly { readonly picture: Picture }[];
  readonly texts: readonly { readonly texts: readonly string[] }[];
  readonly sounds: readonly Sound[];
  readonly tensors: readonly {
    readonly input: string;
    readonly firstValues: readonly number[];
    readonly columns?: readonly string[];
    readonly picture: Picture | null;
  }[];
}): ShownInput & { readonly sound?: Sound } {
  const { pictures, texts, sounds, tensors } = preview;
  const [sound] = sounds;
  if (sound !== undefined) return { sound, picture: sound.spectrogram };
  const picture = tensors.find((tensor) => tensor.picture !== null)?.picture ?? pictures[0]?.picture;
  if (picture) return { picture };
  if (texts[0] !== undefined) return { text: texts[0].texts.join('\n') };
  const numbers = tensors.map(({ input, firstValues, columns }) => {
    const values = firstValues.map((value) => Number(value.toPrecision(4)));
    if (columns === undefined) return `${input}: ${values.join(', ')} …`;
    return columns.map((column, at) => `${column}: ${values[at] ?? '…'}`).join(', ');
  });
  return { text: numbers.join('\n') };
}
