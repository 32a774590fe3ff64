/** The inputs of a model: their description, made once for every session of a comparison, and the tensors. */
import type { ShapeEntry } from '../onnx/declared-shape';

/** A tensor ready for a session. `data` matches `dtype`; int64 is BigInt64Array, float16 is Uint16Array of bits. */
export interface FeedTensor {
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly data: FeedData;
  /** The value that fills shorter texts, and the side, if the number of tokens differs between texts. */
  readonly filling?: { readonly value: number; readonly isLeft: boolean };
}

export type FeedData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

export type Feeds = Readonly<Record<string, FeedTensor>>;

/** The size of pictures that the metadata of a model states, and whether they get the borders of a detector. */
export interface StatedPicture {
  readonly height: number;
  readonly width: number;
  readonly isDetector: boolean;
}

export interface InputDescription {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly ShapeEntry[] | null;
  /** The constant that the model itself multiplies the input by first: 1/255 for pixels from 0 to 255. Absent if there is none. */
  readonly scaledBy?: number;
  /** For inputs of pictures. Absent if the metadata of the model has no size. */
  readonly statedPicture?: StatedPicture;
  /** The number of positions that the model has for a text, for inputs of tokens. */
  readonly mostTokens?: number;
  /** The number of rows of the tables that ids choose from, for inputs of ids. Each id is less. */
  readonly idCount?: number;
}

/** Sizes for free dimensions by their symbol; an unnamed one is `<input>.<axis>`. */
export type FreeDimensions = Readonly<Record<string, number>>;
