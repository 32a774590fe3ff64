/** Describes the elements of an array in a file, and converts them to the data of a tensor. */
import { asUint16 } from '../../onnx/byte-views';
import { bfloat16ToFloat32 } from '../../onnx/half-float';
import type { FeedData } from '../feeds';
import { ownValue } from '../../own-value';

export interface ElementType {
  /** The type as in `FeedTensor`. */
  readonly dtype: string;
  readonly widthBytes: number;
  readonly bigEndian: boolean;
  /**
   * Set if the file has no such type itself. Text has code points of 32 bits (NumPy's `U`) or bytes (`S`), both padded
   * with zeros. bfloat16 becomes the float32 whose upper half it is.
   */
  readonly encoding?: 'utf-32' | 'bytes' | 'bfloat16';
}

type NumericArray = Exclude<FeedData, readonly string[]>;

interface NumericArrayConstructor {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumericArray;
  readonly BYTES_PER_ELEMENT: number;
}

const constructors: Readonly<Record<string, NumericArrayConstructor>> = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};

/** The layout of numbers of a type that `FeedTensor` can hold; `undefined` for other types. */
export function numericType(dtype: string, bigEndian = false): ElementType | undefined {
  const constructor = ownValue(constructors, dtype);
  return constructor && { dtype, widthBytes: constructor.BYTES_PER_ELEMENT, bigEndian };
}

/**
 * Elements as they lie in a file → data of a tensor, in memory of its own. Numbers keep every bit; `bool` is 0 or 1.
 * `bytes` is a whole number of elements.
 */
export function decodeElements(bytes: Uint8Array, type: ElementType): FeedData {
  if (type.encoding === 'bfloat16') return bfloat16ToFloat32(asUint16(bytes));
  if (type.encoding !== undefined) return decodeTexts(bytes, type);
  const copy = new Uint8Array(bytes);
  if (type.bigEndian) swapBytes(copy, type.widthBytes);
  if (type.dtype === 'bool') return copy.map((value) => (value === 0 ? 0 : 1));
  const constructor = ownValue(constructors, type.dtype)!;
  return new constructor(copy.buffer, 0, copy.length / type.widthBytes);
}

function swapBytes(bytes: Uint8Array, widthBytes: number): void {
  if (widthBytes === 1) return;
  for (let at = 0; at < bytes.length; at += widthBytes) bytes.subarray(at, at + widthBytes).reverse();
}

function decodeTexts(bytes: Uint8Array, { encoding, widthBytes, bigEndian }: ElementType): readonly string[] {
  const texts: string[] = [];
  if (widthBytes === 0) return texts;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder();
  for (let start = 0; start < bytes.length; start += widthBytes) {
    if (encoding === 'bytes') texts.push(utf8.decode(withoutPadding(bytes.subarray(start, start + widthBytes))));
    else texts.push(decodeUtf32(view, start, start + widthBytes, bigEndian));
  }
  return texts;
}

function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

function decodeUtf32(view: DataView, start: number, end: number, bigEndian: boolean): string {
  let last = end;
  while (last > start && view.getUint32(last - 4, !bigEndian) === 0) last -= 4;
  let text = '';
  for (let at = start; at < last; at += 4) {
    const codePoint = view.getUint32(at, !bigEndian);
    text += codePoint > 0x10ffff ? '\ufffd' : String.fromCodePoint(codePoint);
  }
  return text;
}
