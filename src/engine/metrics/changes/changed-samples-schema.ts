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

const base64 = v.pipe(v.string(), v.maxLength(mostBase64), v.regex(/^[A-Za-z0-9_-]*$/));

const answer = v.variant('kind', [
  /** Shares of the likeliest classes of either model, the same classes on both sides. */
  v.object({
    kind: v.literal('classes'),
    answer: name,
    classes: upTo(v.object({ name, share }), 2 * mostClasses),
  }),
  /** Boxes in fractions of the input picture, if its size is known; those without a counterpart are `single`. */
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
  /** Values of a map from `low` to `high` in 256 steps (bytes, base64url, row after row), or class numbers. */
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
  /** The most similar other sample. */
  v.object({ kind: v.literal('neighbor'), place: text, cosine: finite }),
  /** The numbers that differ most, by their place in the output. */
  v.object({ kind: v.literal('numbers'), numbers: upTo(v.object({ place: count, value: finite }), mostNumbers) }),
  /** The smallest and largest value of each stretch of a sound, in 256 steps from −`peak` to `peak` (bytes, base64url). */
  v.object({ kind: v.literal('wave'), peak: finite, values: base64 }),
]);

const sampleChange = v.object({
  /** The number of the sample in its data set, from 0. */
  index: count,
  place: text,
  /** The size of the change, by which samples are ordered: 0 is none, 1 is an entirely other answer. */
  size: v.pipe(finite, v.minValue(0)),
  /** Absent for outputs that have no answer to change, such as numbers. */
  isOther: v.optional(v.boolean()),
  /** With labels: the variant alone is right, or the original alone. */
  outcome: v.optional(v.picklist(['gained', 'lost'])),
  /** The share of the variant's likeliest class minus that of the next one. */
  margin: v.optional(finite),
  label: v.optional(name),
  before: answer,
  after: answer,
});

export const changedSamplesSchema = v.object({
  output: name,
  compared: count,
  /** Samples with another answer; absent for outputs that have no answer to change. */
  changed: v.optional(count),
  gained: v.optional(count),
  lost: v.optional(count),
  /** Classes of the original whose answers changed most often. */
  byClass: v.optional(upTo(v.object({ name, changed: count, of: count }), 8)),
  /** The largest change first. */
  samples: upTo(sampleChange, mostSamples),
});

export type ChangedSamples = v.InferOutput<typeof changedSamplesSchema>;
export type SampleChange = ChangedSamples['samples'][number];
export type SampleAnswer = SampleChange['before'];
