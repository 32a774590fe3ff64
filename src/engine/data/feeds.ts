/** What a model is fed: the description of its inputs, made once and used by every session of a comparison. */
import type { ShapeEntry } from '../onnx/declared-shape';

/** A tensor ready for a session. `data` matches `dtype`; int64 is BigInt64Array, float16 is Uint16Array of bits. */
export interface FeedTensor {
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly data: FeedData;
  /** Of tokens whose number differs from text to text: what they are filled up with beside longer ones, on which side. */
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

export interface InputDescription {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly ShapeEntry[] | null;
  /** What the model itself multiplies the input with first, where that is a constant: 1/255 for pixels as they are. */
  readonly scaledBy?: number;
  /** Of tokens: how many of a text the model has positions for. */
  readonly mostTokens?: number;
  /** Of ids: how many the tables that they choose rows of have. Each is less. */
  readonly idCount?: number;
}

/** Sizes for free dimensions by their symbol; an unnamed one is `<input>.<axis>`. */
export type FreeDimensions = Readonly<Record<string, number>>;
