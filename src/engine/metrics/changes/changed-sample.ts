/** The inputs whose answers differ most between the original and a variant, as evaluations, reports and `--json` hold them. */

/** Samples that an evaluation lists: the most changed ones, then some that only one filter of the list would show. */
export const mostChanged = 24;
export const mostOfFilter = 8;
/** Boxes, classes and numbers that an answer lists. */
export const mostBoxes = 60;
export const mostClasses = 4;
export const mostNumbers = 12;
/** The longest side of a map in an answer, and the columns of a waveform. */
export const mapSide = 48;
export const waveColumns = 160;

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
