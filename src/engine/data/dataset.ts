/** The contract of data: files that a person gave become a `Dataset`, whatever their format. */
import type { ByteSource } from '../onnx/byte-source';
import type { FeedTensor } from './feeds';

/** One file as the user gave it. `path` is relative to what was dropped, with forward slashes: `train/cat/003.png`. */
export interface DataFile {
  readonly path: string;
  readonly source: ByteSource;
}

export type DataFormat =
  | 'npz'
  | 'npy'
  | 'csv'
  | 'jsonl'
  | 'text-lines'
  | 'parquet'
  | 'idx'
  | 'safetensors'
  | 'onnx-test-data'
  | 'pictures'
  | 'sounds';

/** The content of one field of every sample. */
export interface DataField {
  /** Array or column name; `image` for picture files, `boxes` for the labels in them, `sound` for sound files, `folder` for the class of a sub-folder. */
  readonly name: string;
  /** `boxes`: the boxes in a picture, `numbersPerBox` numbers of float64 each (`place-boxes.ts`). */
  readonly kind: 'numbers' | 'text' | 'picture' | 'sound' | 'class' | 'boxes';
  /** Element type as in `FeedTensor`. Pictures are `uint8`, sounds `float32`, classes `int64`, text `string`. */
  readonly dtype: string;
  /** Shape of one sample, without the sample axis: `[]` is a scalar. `null` if samples differ. */
  readonly shape: readonly (number | null)[];
  /** Class names in the order of their numbers, where the data has names. */
  readonly classes?: readonly string[];
  /** The category id of each class, for boxes of COCO. Models may number their classes by these ids, which leave numbers out. */
  readonly classNumbers?: readonly number[];
  /** The data itself numbers its classes. Otherwise they are the different texts or folders, sorted. */
  readonly areClassesDeclared?: true;
  /**
   * True for texts that are each a number, such as "10", or a word for a missing value. As labels they count as these
   * numbers.
   */
  readonly areNumbers?: true;
  /** A column of a table with numbers, also as texts, that is most likely the label, by its name or its place and values. */
  readonly looksLikeLabel?: boolean;
  /** Names of the columns in the order of the values, if the field combines all numeric columns of a table. */
  readonly columns?: readonly string[];
  /**
   * The name under which an output of a model was recorded (may be empty), and its place among the outputs. Such fields
   * feed no input by themselves.
   */
  readonly recordedOutput?: { readonly name: string; readonly position: number };
}

/** The tokenizer that was given with texts. */
export interface TokenizerDescription {
  /** The name of its file. */
  readonly name: string;
  /** `WordPiece`, `BPE`, `Unigram`. */
  readonly kind: string;
  readonly vocabularySize: number;
  readonly padding: {
    readonly id: number;
    readonly typeId: number;
    /** True if the padding comes in front of the text. */
    readonly isLeft: boolean;
  };
  /** The length that the file pads or cuts to, special tokens included. Absent if it does neither. */
  readonly length?: number;
}

export interface DatasetDescription {
  /** File or folder name, for people. */
  readonly name: string;
  readonly format: DataFormat;
  readonly samples: number;
  readonly fields: readonly DataField[];
  /** All files together. */
  readonly sizeBytes: number;
  /** Turns the fields of texts into tokens. Absent if none was given with them. */
  readonly tokenizer?: TokenizerDescription;
  /**
   * Explains in a sentence why labels in the files are not among the fields: their number differs from the number of
   * samples. It is then unknown which belong together. Absent if there is no such problem.
   */
  readonly labelProblem?: string;
  /** The part of a data set that the names of its arrays state: `train`, `val`, `test`, `eval`. Absent if none does. */
  readonly part?: string;
  /** The notes about arrays that are there and are not used, in sentences. Absent if all are. */
  readonly leftOut?: readonly string[];
  /** Sentences that a person should know: files left out, a header that was detected. */
  readonly notes: readonly string[];
}

/** A decoded still picture: 8 bits per channel, rows from the top, channels interleaved (gray, gray+alpha, RGB, RGBA). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly pixels: Uint8Array;
}

/** Decoded sound: channels mixed to one, −1 to 1. */
export interface Sound {
  readonly sampleRateHz: number;
  readonly values: Float32Array;
}

/** A text, or two, as a tokenizer gives it: not padded. The three lists are of one length. */
export interface TokenizedText {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
  /** The tokens as the vocabulary writes them. */
  readonly tokens: readonly string[];
}

export type FieldValue =
  | { readonly kind: 'tensor'; readonly tensor: FeedTensor }
  | { readonly kind: 'picture'; readonly picture: Picture }
  | { readonly kind: 'sound'; readonly sound: Sound }
  /** `texts`: as the data has them. */
  | { readonly kind: 'tokens'; readonly tokenized: TokenizedText; readonly texts: readonly string[] };

/**
 * One sample, or the reason why it could not be read: `place` names file and position, `reason` is a sentence. The
 * place of a sample is absent if it is only a row among others.
 */
export type SampleRead =
  | { readonly index: number; readonly values: Readonly<Record<string, FieldValue>>; readonly place?: string }
  | { readonly index: number; readonly place: string; readonly reason: string };

/** Columns of numbers of a table, read as one vector of `float64` in this order, under a name that no field has. */
export interface ColumnSelection {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Fields of texts, read as tokens together, under a name that no field has. */
export interface TokenSelection {
  readonly name: string;
  readonly texts: readonly [string, string?];
  /** Special tokens included. */
  readonly mostTokens: number;
}

/** The part of a sample to read: a field by its name, columns together, or texts as tokens. */
export type FieldRequest = string | ColumnSelection | TokenSelection;

export interface ReadContext {
  readonly signal: AbortSignal;
  /** Called between pieces of work of at most about 50 ms; rejects once the signal is aborted. */
  checkpoint(): Promise<void>;
}

export interface Dataset {
  readonly description: DatasetDescription;
  /** The files behind it, in the order in which they are hashed. */
  readonly files: readonly DataFile[];
  /**
   * Reads these fields of the samples at `indices`, ascending, one after the other. At most a few samples are in
   * memory. A sample that cannot be read is reported in its place, and reading continues. Throws only if it is
   * canceled, or if the file cannot be read any more. It also throws for an unknown field, and for columns of data
   * that is not a table.
   */
  read(indices: readonly number[], fields: readonly FieldRequest[], context: ReadContext): AsyncIterable<SampleRead>;
}

/** Decodes pictures of formats that need more than the engine has; the runtime implements it, the same on every host. */
export interface PictureDecoder {
  /** Throws a ParetoError without a file name: the reader knows the file. Called for JPEG and WebP only. */
  decode(format: 'jpeg' | 'webp', bytes: Uint8Array): Promise<Picture>;
}
