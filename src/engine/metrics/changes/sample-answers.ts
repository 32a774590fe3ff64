/** Reads the answers of two models to one sample, and how much they differ, by the kind of the output. */
import type { Feeds } from '../../data/feeds';
import type { BoxLayout } from '../../data/mapping/mapping';
import type { OutputKind } from '../../data/output-kind';
import { tensorNumbers, type Numbers } from '../../data/tensor-numbers';
import { toBase64Url } from '../../base64-url';
import { ownValue } from '../../own-value';
import { className } from '../class-names';
import { decodeBoxes, overlapOf, type FoundBoxes } from '../detection/decode-boxes';
import { shownScore } from '../detection/box-tally';
import { addUpToOne } from '../output-kind';
import { cutName, cutText } from '../schema-parts';
import { readTranscript } from '../writing/transcription';
import {
  mapSide,
  mostBoxes,
  mostClasses,
  mostNumbers,
  waveColumns,
  type SampleAnswer,
  type SampleChange,
} from './changed-sample';

export interface AnswerSpec {
  readonly output: string;
  readonly kind: OutputKind;
  readonly layout?: BoxLayout;
  /** The size of the model's input in pixels, for boxes in pixels. */
  readonly input?: { readonly width: number; readonly height: number };
  readonly classNames?: readonly string[];
  /** The output is one number that says yes or no. */
  readonly isBinary?: boolean;
}

/** A change before its answers are written, because most samples are never listed. */
export interface AnswerChange extends Pick<SampleChange, 'size' | 'isOther' | 'margin'> {
  /** The class of the original's answer, if it is one. */
  readonly ownClass?: string;
  answers(): readonly [before: SampleAnswer, after: SampleAnswer];
}

/**
 * Compares the outputs of original and variant for one sample. The size of a change is the total variation distance of
 * classes, 1 − IoU of masks, 1 − the mean IoU of boxes and their counterparts, the share of steps of a sequence or of
 * characters of a text, 1 − cosine of an embedding, and the relative error (RMS) of numbers. `undefined` if the output
 * is missing or has another shape.
 */
export function compareAnswers(spec: AnswerSpec, before: Feeds, after: Feeds): AnswerChange | undefined {
  if (spec.layout !== undefined) return compareBoxes(spec, spec.layout, before, after);
  const [x, y] = [ownValue(before, spec.output), ownValue(after, spec.output)];
  if (x === undefined || y === undefined || x.data.length !== y.data.length || x.data.length === 0) return undefined;
  if (spec.kind === 'texts') return compareTexts(textOfData(x.data), textOfData(y.data));
  const [p, q] = [tensorNumbers(x), tensorNumbers(y)];
  if (p === undefined || q === undefined) return undefined;
  switch (spec.kind) {
    case 'probabilities':
    case 'scores':
      return compareScores(spec, p, q, x.dims);
    case 'sequence':
      return compareSequences(spec, p, q, x.dims.at(-1)!);
    case 'map':
      return compareMaps(p, q, x.dims);
    case 'embedding':
      // No embedding is as long as a sound.
      if (p.length >= fewestOfSound) return compareNumbers(p, q);
      return { size: 1 - cosineOf(p, q), answers: () => numbersOf(p, q) };
    default:
      return compareNumbers(p, q);
  }
}

function compareScores(spec: AnswerSpec, p: Numbers, q: Numbers, dims: readonly number[]): AnswerChange {
  if (p.length === 1) return spec.isBinary ? compareClasses(spec, bothSides(p), bothSides(q)) : compareNumbers(p, q);
  const width = dims.length === 4 && dims[2] === 1 && dims[3] === 1 ? dims[1]! : dims.at(-1)!;
  return p.length === width ? compareClasses(spec, p, q) : compareSequences(spec, p, q, width);
}

/** The shares of "no" and "yes" of one number: a probability, or the logit of one. */
function bothSides([value]: Numbers): Float64Array {
  const yes = value! >= 0 && value! <= 1 ? value! : 1 / (1 + Math.exp(-value!));
  return Float64Array.of(1 - yes, yes);
}

function compareClasses({ classNames }: AnswerSpec, p: Numbers, q: Numbers): AnswerChange {
  const isShares = addUpToOne(p, p.length);
  const [own, other] = [sharesOf(p, isShares), sharesOf(q, isShares)];
  const [first, second] = [rankedOf(own), rankedOf(other)];
  const nameOf = (index: number): string => cutName(className(index, classNames));
  const top = [...new Set([...first, ...second])].sort((a, b) => own[b]! - own[a]! || a - b);
  const answerOf = (shares: Float64Array, best: number): SampleAnswer => ({
    kind: 'classes',
    answer: nameOf(best),
    classes: top.map((index) => ({ name: nameOf(index), share: Math.min(1, Math.max(0, shares[index]!)) })),
  });
  return {
    size: own.reduce((sum, share, index) => sum + Math.abs(share - other[index]!), 0) / 2,
    isOther: first[0] !== second[0],
    margin: other[second[0]!]! - other[second[1]!]!,
    ownClass: nameOf(first[0]!),
    answers: () => [answerOf(own, first[0]!), answerOf(other, second[0]!)],
  };
}

/** Shares of classes: values that add up to 1, or the softmax of scores. Values that are not finite have none. */
function sharesOf(values: Numbers, areShares: boolean): Float64Array {
  const finite = Float64Array.from(values, (value) => (Number.isFinite(value) ? value : -Infinity));
  if (areShares) return finite.map((value) => Math.max(0, value));
  const largest = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  if (largest === -Infinity) return new Float64Array(values.length);
  const powers = finite.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** Places of the largest values, the first of equals first. */
function rankedOf(values: Float64Array): readonly number[] {
  const most = Math.min(mostClasses, values.length);
  const ranked: number[] = [];
  for (let index = 0; index < values.length; index++) {
    let place = ranked.length;
    while (place > 0 && values[index]! > values[ranked[place - 1]!]!) place--;
    if (place < most) ranked.splice(place, ranked.length < most ? 0 : 1, index);
    if (ranked.length > most) ranked.length = most;
  }
  return ranked.sort((a, b) => values[b]! - values[a]! || a - b);
}

function compareSequences(spec: AnswerSpec, p: Numbers, q: Numbers, width: number): AnswerChange {
  const text = spec.classNames && [
    readTranscript(p, width, spec.classNames),
    readTranscript(q, width, spec.classNames),
  ];
  if (text?.[0] !== undefined && text[1] !== undefined) return compareTexts(text[0], text[1]);
  const [own, other] = [stepsOf(p, width), stepsOf(q, width)];
  const others = own.filter((step, index) => step !== other[index]).length;
  const shown = (steps: readonly number[]): SampleAnswer => ({ kind: 'text', text: cutText(steps.join(' '), 400) });
  return {
    size: others / own.length,
    isOther: others > 0,
    answers: () => [shown(own), shown(other)],
  };
}

function stepsOf(values: Numbers, width: number): readonly number[] {
  return Array.from({ length: values.length / width }, (_, step) => {
    let best = step * width;
    for (let index = best; index < (step + 1) * width; index++) if (values[index]! > values[best]!) best = index;
    return best - step * width;
  });
}

function textOfData(data: unknown): string {
  return (data as readonly string[]).join('\n');
}

/** The share of characters outside the common beginning and end: exact enough to order texts, in linear time. */
function compareTexts(own: string, other: string): AnswerChange {
  let start = 0;
  while (start < own.length && own[start] === other[start]) start++;
  let end = 0;
  const most = Math.min(own.length, other.length) - start;
  while (end < most && own.at(-1 - end) === other.at(-1 - end)) end++;
  const longest = Math.max(own.length, other.length, 1);
  return {
    size: own === other ? 0 : Math.max(1, longest - start - end) / longest,
    isOther: own !== other,
    answers: () => [
      { kind: 'text', text: cutText(own) },
      { kind: 'text', text: cutText(other) },
    ],
  };
}

function compareMaps(p: Numbers, q: Numbers, dims: readonly number[]): AnswerChange {
  const [height, width] = [dims.at(-2) ?? 1, dims.at(-1)!];
  const channels = p.length / (height * width);
  if (!Number.isInteger(channels) || height === 1 || width === 1) return compareNumbers(p, q);
  const [own, others] = channels === 1 ? [p, q] : [classMap(p, channels), classMap(q, channels)];
  const isMask = channels > 1 || own.every((value) => value >= -1e-3 && value <= 1 + 1e-3);
  let [same, either, low, high] = [0, 0, Infinity, -Infinity];
  own.forEach((value, index) => {
    const other = others[index]!;
    const [isHere, isThere] = channels === 1 ? [value > 0.5, other > 0.5] : [true, value === other];
    if (isHere && isThere) same++;
    if (isHere || isThere) either++;
    if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  });
  const range = { low: low === Infinity ? 0 : low, high: high === -Infinity ? 0 : high };
  const shown = (values: Numbers): SampleAnswer => mapOf(values, { width, height, areClasses: channels > 1, ...range });
  return {
    size: isMask ? (either === 0 ? 0 : 1 - same / either) : relativeError(p, q),
    answers: () => [shown(own), shown(others)],
  };
}

/** The class with the largest value at each place of a map with one channel for each class. */
function classMap(values: Numbers, channels: number): Float32Array {
  const places = values.length / channels;
  return Float32Array.from({ length: places }, (_, place) => {
    let best = 0;
    for (let channel = 1; channel < channels; channel++) {
      if (values[channel * places + place]! > values[best * places + place]!) best = channel;
    }
    return best;
  });
}

interface MapSize {
  readonly width: number;
  readonly height: number;
  readonly low: number;
  readonly high: number;
  readonly areClasses: boolean;
}

/** Draws a map small: means of its places, or the class at the center of each. */
function mapOf(values: Numbers, { width, height, low, high, areClasses }: MapSize): SampleAnswer {
  const scale = Math.min(1, mapSide / Math.max(width, height));
  const [across, down] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const bytes = new Uint8Array(across * down);
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const value = areClasses
        ? values[Math.floor(((row + 0.5) * height) / down) * width + Math.floor(((column + 0.5) * width) / across)]!
        : meanOf(values, width, boundsOf(column, across, width), boundsOf(row, down, height));
      const step = areClasses ? value % 256 : high > low ? ((value - low) / (high - low)) * 255 : 0;
      bytes[row * across + column] = Math.min(255, Math.max(0, step));
    }
  }
  return { kind: 'map', width: across, height: down, values: toBase64Url(bytes), low, high, areClasses };
}

function boundsOf(place: number, places: number, size: number): readonly [number, number] {
  const start = Math.floor((place * size) / places);
  return [start, Math.max(start + 1, Math.floor(((place + 1) * size) / places))];
}

function meanOf(values: Numbers, width: number, [left, right]: readonly number[], [top, bottom]: readonly number[]) {
  let sum = 0;
  for (let row = top!; row < bottom!; row++) {
    for (let column = left!; column < right!; column++) sum += values[row * width + column]!;
  }
  return sum / ((right! - left!) * (bottom! - top!));
}

/** An output of so many numbers in one row is drawn as a wave. */
const fewestOfWave = 1000;

/** A row of so many numbers is a sound and no embedding. */
export const fewestOfSound = 4096;

/** True for one row of many numbers, such as a sound. */
export function isLongRow(dims: readonly number[]): boolean {
  const length = dims.reduce((product, size) => product * size, 1);
  return length >= fewestOfWave && Math.max(...dims) === length;
}

function compareNumbers(p: Numbers, q: Numbers): AnswerChange {
  return { size: relativeError(p, q), answers: () => (p.length >= fewestOfWave ? wavesOf(p, q) : numbersOf(p, q)) };
}

/** √(Σ(y − x)² ÷ Σx²), at most 1. */
function relativeError(p: Numbers, q: Numbers): number {
  let [error, signal] = [0, 0];
  for (let index = 0; index < p.length; index++) {
    error += (q[index]! - p[index]!) ** 2;
    signal += p[index]! ** 2;
  }
  if (error === 0) return 0;
  const ratio = Math.sqrt(error / signal);
  return Number.isNaN(ratio) ? 1 : Math.min(1, ratio);
}

function numbersOf(p: Numbers, q: Numbers): readonly [SampleAnswer, SampleAnswer] {
  const gaps = Float64Array.from(p, (value, index) => Math.abs(value - q[index]!));
  const places = Array.from(gaps.keys())
    .filter((place) => Number.isFinite(gaps[place]!))
    .sort((a, b) => gaps[b]! - gaps[a]! || a - b)
    .slice(0, mostNumbers)
    .sort((a, b) => a - b);
  const of = (values: Numbers): SampleAnswer => ({
    kind: 'numbers',
    numbers: places.map((place) => ({ place, value: values[place]! })),
  });
  return [of(p), of(q)];
}

function wavesOf(p: Numbers, q: Numbers): readonly [SampleAnswer, SampleAnswer] {
  let peak = 0;
  for (const values of [p, q])
    for (const value of values) if (Math.abs(value) < Infinity) peak = Math.max(peak, Math.abs(value));
  const of = (values: Numbers): SampleAnswer => ({ kind: 'wave', peak, values: waveValues(values, peak) });
  return [of(p), of(q)];
}

/** The smallest and largest value of each of `waveColumns` stretches, as `SampleAnswer` holds waves. */
export function waveValues(values: Numbers, peak: number): string {
  const bytes = new Uint8Array(2 * waveColumns);
  const step = (value: number): number => (peak === 0 ? 128 : Math.round(127.5 + (127.5 * value) / peak));
  for (let column = 0; column < waveColumns; column++) {
    const [start, end] = boundsOf(column, waveColumns, values.length);
    let [low, high] = [Infinity, -Infinity];
    for (let index = start; index < end; index++) {
      low = Math.min(low, values[index]!);
      high = Math.max(high, values[index]!);
    }
    bytes[2 * column] = step(low);
    bytes[2 * column + 1] = step(high);
  }
  return toBase64Url(bytes);
}

/** The cosine of two vectors; 0 if one has no direction or a value is not finite. */
export function cosineOf(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [dot, ofX, ofY] = [0, 0, 0];
  for (let index = 0; index < x.length; index++) {
    dot += x[index]! * y[index]!;
    ofX += x[index]! ** 2;
    ofY += y[index]! ** 2;
  }
  const cosine = dot / Math.sqrt(ofX * ofY);
  return Number.isNaN(cosine) ? 0 : Math.min(1, Math.max(-1, cosine));
}

/** The overlap from which two boxes of a class are the same box. */
const leastOverlap = 0.5;

function compareBoxes(spec: AnswerSpec, layout: BoxLayout, before: Feeds, after: Feeds): AnswerChange | undefined {
  const part = { layout, samples: 1, sample: 0, leastScore: shownScore / 2, ...(spec.input && { input: spec.input }) };
  const [x, y] = [decodeBoxes(before, part), foundOrNone(after, part)];
  const [ofBefore, ofAfter] = [counterparts(x, y), counterparts(y, x)];
  const shown = (found: FoundBoxes, overlaps: Float64Array): Float64Array =>
    overlaps.filter((_, box) => found.scores[box]! >= shownScore);
  const overlaps = [...shown(x, ofBefore), ...shown(y, ofAfter)];
  return {
    size: overlaps.length === 0 ? 0 : 1 - overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length,
    isOther: overlaps.includes(0),
    answers: () => [boxesOf(spec, x, ofBefore), boxesOf(spec, y, ofAfter)],
  };
}

function foundOrNone(outputs: Feeds, options: Parameters<typeof decodeBoxes>[1]): FoundBoxes {
  try {
    return decodeBoxes(outputs, options);
  } catch {
    return { corners: new Float64Array(0), scores: new Float64Array(0), classes: new Int32Array(0) };
  }
}

/** The overlap of each box with the nearest one of its class in the other model. 0: it has no counterpart. */
function counterparts(own: FoundBoxes, other: FoundBoxes): Float64Array {
  return Float64Array.from(own.classes, (ownClass, box) => {
    const overlaps = Array.from(other.classes, (otherClass, index) =>
      otherClass === ownClass ? overlapOf(own.corners, box, other.corners, index) : 0,
    );
    const most = Math.max(0, ...overlaps);
    return most >= leastOverlap ? most : 0;
  });
}

function boxesOf(
  { classNames }: AnswerSpec,
  { corners, scores, classes }: FoundBoxes,
  has: Float64Array,
): SampleAnswer {
  const shown = Array.from(scores.keys()).filter((box) => scores[box]! >= shownScore);
  return {
    kind: 'boxes',
    boxes: shown.slice(0, mostBoxes).map((box) => ({
      corners: [corners[4 * box]!, corners[4 * box + 1]!, corners[4 * box + 2]!, corners[4 * box + 3]!],
      name: cutName(className(classes[box]!, classNames)),
      score: scores[box]!,
      single: has[box] === 0,
    })),
  };
}
