/** Defines how samples become inputs, as plain data that recipes, the page and files for the command line share. */
import type { OutputKinds } from '../output-kind';

/** The largest side of a picture that is fed to a model, in pixels. */
export const largestSide = 8192;
/** About six hours of sound at 48 kHz. */
export const mostSoundSamples = 2 ** 30;
export const sampleRatesHz = { least: 100, most: 1_000_000 } as const;

export interface ImagePreprocessing {
  readonly width: number;
  readonly height: number;
  /** `exact` stretches, `cover` fills and crops the center, `contain` fits inside and pads (letterbox). */
  readonly fit: 'exact' | 'cover' | 'contain';
  readonly filter: 'bilinear' | 'bicubic' | 'nearest';
  readonly layout: 'NCHW' | 'NHWC';
  readonly channels: 'rgb' | 'bgr' | 'gray';
  /** Pixels of 0 to 255 are multiplied by this first: 1/255 gives 0 to 1. */
  readonly scale: number;
  /** Then (x − mean) ÷ std, one value per channel or one for all; in the order of `channels`. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /**
   * Size of the shorter side after resizing with `cover`, before the center is cropped. Absent: only as much as the
   * crop needs.
   */
  readonly shorterSide?: number;
  /** Pixel value of the padding with `contain`, 0 to 255. Absent: 0. */
  readonly padding?: number;
  /** Field with the pictures. Absent: the only field that can be read as a picture. */
  readonly array?: string;
}

export interface SoundPreprocessing {
  readonly sampleRateHz: number;
  /**
   * The number of values of one run. Longer sounds are fed in consecutive windows of this length if the model has a
   * state input.
   */
  readonly samples: number;
  readonly array?: string;
}

/** The most tokens of a text. */
export const mostTokens = 65_536;
/** The tokens of a text if neither the model nor the tokenizer states a length. */
export const usualTokens = 128;
/** The same for a model that writes. */
export const usualTokensOfWriter = 256;

/** Texts as the data's tokenizer gives them. */
export interface TextPreprocessing {
  /** The list that the tokenizer returns and the input takes. */
  readonly gives: 'input_ids' | 'attention_mask' | 'token_type_ids';
  /** Tokens, special ones included: longer texts are cut to it and shorter ones padded. */
  readonly length: number;
  /** `longest`: padded only to the longest of the texts that are run together. Absent: to `length`. */
  readonly padding?: 'longest';
  /** Field with the texts. Absent: the only one with texts. */
  readonly array?: string;
  /** Field with the second text of each sample, for models that take two. */
  readonly pair?: string;
}

/** A longer list would be unreadable; wide tables name all their columns at once. */
export const mostListedColumns = 16_384;

/** A field by its name, or columns of numbers of a table, which become one vector in this order. */
export type ArrayChoice = string | readonly string[];

/** One number for all elements, or one for each position along an axis: for each column, each channel. */
export type PerPosition = number | readonly number[];

/** A single number is a list of one. */
export function numbersOf(value: PerPosition): readonly number[] {
  return typeof value === 'number' ? [value] : value;
}

/** The other way round: a list of one is that number. */
export function oneOrEach(numbers: readonly number[]): PerPosition {
  return numbers.length === 1 ? numbers[0]! : numbers;
}

export type InputMapping =
  /** Multiplied by `scale` and then shifted by `offset`, in float32, if they are given. */
  | { readonly array: ArrayChoice; readonly scale?: PerPosition; readonly offset?: PerPosition }
  | { readonly image: ImagePreprocessing }
  | { readonly sound: SoundPreprocessing }
  | { readonly text: TextPreprocessing }
  /** One number for all elements. */
  | { readonly value: number }
  /** The output that is fed back: zeros at the first step of a sample. */
  | { readonly state: string }
  /** The output with the cache of earlier tokens: empty, since each text is read from its beginning. */
  | { readonly cache: string }
  /** Made for the tokens beside it: a 1 for each, or their places 0, 1, 2 … */
  | { readonly made: MadeInput };

export const madeInputs = ['mask', 'positions'] as const;
export type MadeInput = (typeof madeInputs)[number];

interface ClassOrder {
  /**
   * The classes in the order of the model's outputs, each as the data writes it. That is the name of a folder, a text,
   * or the value of a numeric label. Names that are not numbers only name the classes of labels that are numbers.
   * Absent: the order of the data, which is sorted if classes are texts.
   */
  readonly classes?: readonly string[];
}

export type LabelMapping = (({ readonly array: string } | { readonly folders: true }) & ClassOrder) | null;

/** The way outputs are evaluated. `match` and `next-token` need no labels. */
export type EvaluationTask =
  | { readonly kind: 'classification'; readonly output: string }
  /** `positive`: the class that the output says yes to, as the data writes it; all others are no. Absent: class 1. */
  | { readonly kind: 'binary'; readonly output: string; readonly threshold: number; readonly positive?: string }
  | { readonly kind: 'regression'; readonly output: string }
  /** The output holds the boxes of a detector, with the scores or beside them (`DataMapping.boxes`). */
  | { readonly kind: 'detection'; readonly output: string }
  /**
   * The output has a score for each character at each step, trained with CTC: [batch, steps, characters]. `classes` of the labels, which
   * are texts, are the characters in the order of the output.
   */
  | { readonly kind: 'transcription'; readonly output: string }
  /** The output is an embedding. Samples of one label should be each other's nearest neighbors. */
  | { readonly kind: 'retrieval'; readonly output: string }
  /** The output predicts the next token at each place of a text: [batch, tokens, vocabulary]. */
  | { readonly kind: 'next-token'; readonly output: string }
  | { readonly kind: 'match' };

export const boxCorners = ['center-size', 'corners', 'corners-yx'] as const;
export const boxUnits = ['pixels', 'fractions'] as const;
export const boxScorings = ['as-is', 'sigmoid', 'softmax'] as const;
export const boxBackgrounds = ['none', 'first', 'last'] as const;

/** The way in which the outputs of a detector hold its boxes. */
export interface BoxLayout {
  /** The output with the boxes; with the scores too if `scores` is absent. */
  readonly output: string;
  /** The output with a score for each box, or one for each box and class. */
  readonly scores?: string;
  /** The output with the class number of each box. Absent: each class has a score. */
  readonly classes?: string;
  /** `rows`: [boxes, numbers]. `columns`: [numbers, boxes]. */
  readonly arrangement: 'rows' | 'columns';
  /** The four numbers of a box: center x, center y, width, height; x1, y1, x2, y2; or y1, x1, y2, x2. */
  readonly corners: (typeof boxCorners)[number];
  /** Pixels of the model's input, or fractions of its width and height. */
  readonly unit: (typeof boxUnits)[number];
  /** After the four numbers: `scores` one for each class, `class` a score and a class number. */
  readonly after: 'scores' | 'class';
  /** True if a score for any object comes before those of the classes. They are multiplied by it. */
  readonly objectness: boolean;
  readonly scoring: (typeof boxScorings)[number];
  /** The place of the class that means “no object”. */
  readonly background: (typeof boxBackgrounds)[number];
  /** Removes boxes that overlap a better box of their class by more than this (intersection over union). `null`: the model did this. */
  readonly suppressAbove: number | null;
}

export interface DataMapping {
  readonly inputs: Readonly<Record<string, InputMapping>>;
  readonly labels: LabelMapping;
  /** Absent: the task that fits the output's shape and the labels. */
  readonly task?: EvaluationTask;
  /** The kinds of outputs that the user gives. If absent, also for single outputs, the graph, the values and the labels decide. */
  readonly outputs?: OutputKinds;
  /** Facts about the boxes of a detector that the user gives. Shapes, names and values decide the rest. */
  readonly boxes?: Partial<BoxLayout>;
}
