/** The inputs whose answers differ most between the original and a variant, as evaluations, reports and `--json` hold them. */
import * as v from 'valibot';
import { count, finite, name, share, text, upTo } from '../schema-parts';

/** Samples that an evaluation lists: the most changed ones, then some that only one filter of the list would show. */
export const mostChanged = 24;
export const mostOfFilter = 8;
const mostSamples = mostChanged + 2 * mostOfFilter;
/** Boxes, classes and numbers that an answer lists. */
export const mostBoxes = 60;
export const mostClasses = 4;
export const mostNumbers = 12;
/** The longest side of a map in an answer, and the columns of a waveform. */
export const mapSide = 48;
export const waveColumns = 160;
const mostBase64 = Math.ceil((4 * mapSide * mapSide) / 3) + 4;

/** The answer of one model to one sample. */
export type SampleAnswer =
  /** Shares of the likeliest classes of either model, the same classes on both sides. */
  | {
      readonly kind: 'classes';
      readonly answer: string;
      readonly classes: readonly { readonly name: string; readonly share: number }[];
    }
  /** Boxes in fractions of the input picture, if its size is known. `single`: the other model finds no such box. */
  | { readonly kind: 'boxes'; readonly boxes: readonly AnsweredBox[] }
  /** Values of a map from `low` to `high` in 256 steps (bytes, base64url, row after row), or class numbers. */
  | {
      readonly kind: 'map';
      readonly width: number;
      readonly height: number;
      readonly values: string;
      readonly low: number;
      readonly high: number;
      readonly areClasses: boolean;
    }
  | { readonly kind: 'text'; readonly text: string }
  /** The most similar other sample. */
  | { readonly kind: 'neighbor'; readonly place: string; readonly cosine: number }
  /** The numbers that differ most, by their place in the output. */
  | { readonly kind: 'numbers'; readonly numbers: readonly { readonly place: number; readonly value: number }[] }
  /** The smallest and largest value of each stretch of a sound, in 256 steps from −`peak` to `peak` (bytes, base64url). */
  | { readonly kind: 'wave'; readonly peak: number; readonly values: string };

export interface AnsweredBox {
  /** x1, y1, x2, y2. */
  readonly corners: readonly [number, number, number, number];
  readonly name: string;
  readonly score: number;
  readonly single: boolean;
}

export interface SampleChange {
  /** The number of the sample in its data set, from 0. */
  readonly index: number;
  readonly place: string;
  /** The size of the change, by which samples are ordered: 0 is none, 1 is an entirely other answer. */
  readonly size: number;
  /** Absent for outputs that have no answer to change, such as numbers. */
  readonly isOther?: boolean;
  /** With labels: the variant alone is right, or the original alone. */
  readonly outcome?: 'gained' | 'lost';
  /** The share of the variant's likeliest class minus that of the next one. */
  readonly margin?: number;
  readonly label?: string;
  readonly before: SampleAnswer;
  readonly after: SampleAnswer;
}

export interface ChangedSamples {
  readonly output: string;
  readonly compared: number;
  /** Samples with another answer; absent for outputs that have no answer to change. */
  readonly changed?: number;
  readonly gained?: number;
  readonly lost?: number;
  /** Classes of the original whose answers changed most often. */
  readonly byClass?: readonly { readonly name: string; readonly changed: number; readonly of: number }[];
  /** The largest change first. */
  readonly samples: readonly SampleChange[];
}

const base64 = v.pipe(v.string(), v.maxLength(mostBase64), v.regex(/^[A-Za-z0-9_-]*$/));

const answer = v.variant('kind', [
  v.object({
    kind: v.literal('classes'),
    answer: name,
    classes: upTo(v.object({ name, share }), 2 * mostClasses),
  }),
  v.object({
    kind: v.literal('boxes'),
    boxes: upTo(
      v.object({
        corners: v.tuple([finite, finite, finite, finite]),
        name,
        score: finite,
        single: v.boolean(),
      }),
      mostBoxes,
    ),
  }),
  v.object({
    kind: v.literal('map'),
    width: count,
    height: count,
    values: base64,
    low: finite,
    high: finite,
    areClasses: v.boolean(),
  }),
  v.object({ kind: v.literal('text'), text }),
  v.object({ kind: v.literal('neighbor'), place: text, cosine: finite }),
  v.object({ kind: v.literal('numbers'), numbers: upTo(v.object({ place: count, value: finite }), mostNumbers) }),
  v.object({ kind: v.literal('wave'), peak: finite, values: base64 }),
]);

const sampleChange = v.object({
  index: count,
  place: text,
  size: v.pipe(finite, v.minValue(0)),
  isOther: v.optional(v.boolean()),
  outcome: v.optional(v.picklist(['gained', 'lost'])),
  margin: v.optional(finite),
  label: v.optional(name),
  before: answer,
  after: answer,
});

export const changedSamplesSchema: v.GenericSchema<ChangedSamples> = v.object({
  output: name,
  compared: count,
  changed: v.optional(count),
  gained: v.optional(count),
  lost: v.optional(count),
  byClass: v.optional(upTo(v.object({ name, changed: count, of: count }), 8)),
  samples: upTo(sampleChange, mostSamples),
});
