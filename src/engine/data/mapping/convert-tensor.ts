import { ParetoError } from '../../errors';
import { floatTypes, tensorNumbers, type Numbers } from '../tensor-numbers';
import { float32ToFloat16 } from '../../onnx/half-float';
import type { FeedData, FeedTensor, InputDescription } from '../feeds';
import { ownValue } from '../../own-value';
import { formatShape } from './fit-shape';
import { numbersOf, type PerPosition } from './mapping';
import { productOf } from '../../product-of';

/** Multiplied by `scale`, then shifted by `offset`, each step rounded to float32. */
export interface Rescaling {
  readonly scale?: PerPosition;
  readonly offset?: PerPosition;
}

type IntegerArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

const integerArrays: Readonly<Record<string, new (length: number) => IntegerArray>> = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
};

/** Every integer of float64 up to here is exact. */
const largestExact = Number.MAX_SAFE_INTEGER;
const halfWord = 4294967296;

/**
 * A feed with the same value everywhere. One element is converted, however many there are. Throws as `convertTensor`
 * does. Text is refused, so there is always a typed array.
 */
export function filledFeed({ name, dtype }: InputDescription, dims: readonly number[], value: number): FeedTensor {
  const single = { dtype: 'float64', dims: [1], data: Float64Array.of(value) };
  const one = convertTensor(single, dtype, `The value of input "${name}"`) as Float32Array;
  const count = productOf(dims);
  const data = new (one.constructor as Float32ArrayConstructor)(count);
  return { dtype, dims, data: data.fill(one[0]!) };
}

/**
 * Converts a tensor to another element type. Integers become floats of the same value (255 becomes 255). float64 to
 * float32 and float32 to float16 round to nearest even, and a finite value that would become infinite is refused.
 * Integer and boolean types accept only values that they represent exactly. `who` names the tensor in errors:
 * `data/type`, `data/value`, and `mapping/scale` for numbers that belong to no axis.
 */
export function convertTensor(
  tensor: FeedTensor,
  dtype: string,
  who: string,
  { scale, offset }: Rescaling = {},
): FeedData {
  const isRescaled = scale !== undefined || offset !== undefined;
  if (tensor.dtype === dtype && !isRescaled) return tensor.data;
  if (dtype === 'string') throw cannotConvert(tensor, dtype, who);
  if (!isRescaled && (dtype === 'int64' || dtype === 'uint64')) {
    if (tensor.data instanceof BigInt64Array || tensor.data instanceof BigUint64Array) {
      return changeSign(tensor.data, dtype, who);
    }
  }
  const numbers = tensorNumbers(tensor);
  if (numbers === undefined) throw cannotConvert(tensor, dtype, who);
  const values = isRescaled ? rescale(numbers, tensor.dims, who, { scale, offset }) : numbers;
  const converted = convertNumbers(values, dtype, who, tensor);
  if (floatTypes.has(dtype)) refuseOverflow(numbers, { dtype, dims: tensor.dims, data: converted }, who);
  return converted;
}

/** `given`: before they were rescaled. */
function refuseOverflow(given: Numbers, { dtype, data }: FeedTensor, who: string): void {
  const isFinite = dtype === 'float16' ? (half: number) => (half & 0x7c00) !== 0x7c00 : Number.isFinite;
  const position = (data as Numbers | Uint16Array).findIndex(
    (value: number, index: number) => !isFinite(value) && Number.isFinite(given[index]),
  );
  if (position >= 0) throw refuseValue(given[position]!, position, `which is too large for ${dtype}`, who);
}

function convertNumbers(numbers: Numbers, dtype: string, who: string, tensor: FeedTensor): FeedData {
  switch (dtype) {
    case 'float32':
      return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
    case 'float64':
      return numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
    case 'float16':
      return float32ToFloat16(numbers instanceof Float32Array ? numbers : Float32Array.from(numbers));
    case 'bool':
      return exactIntegers(numbers, new Uint8Array(numbers.length), dtype, who, 1);
    case 'int64':
    case 'uint64':
      return wideIntegers(numbers, dtype, who);
    default: {
      const Integers = ownValue(integerArrays, dtype);
      if (Integers === undefined) throw cannotConvert(tensor, dtype, who);
      return exactIntegers(numbers, new Integers(numbers.length), dtype, who, Infinity);
    }
  }
}

function rescale(
  numbers: Numbers,
  dims: readonly number[],
  who: string,
  { scale = 1, offset = 0 }: Rescaling,
): Float32Array {
  const values = Float32Array.from(numbers);
  const factors = numbersAlong(scale, dims, who);
  const shifts = numbersAlong(offset, dims, who);
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]! * factors.at(i)) + shifts.at(i);
  return values;
}

/** The number, in float32, of each element of a row-major array. */
function numbersAlong(given: PerPosition, dims: readonly number[], who: string): { at(element: number): number } {
  const list = Float32Array.from(numbersOf(given));
  const [only] = list;
  if (list.length === 1) return { at: () => only! };
  const axis = axisOfNumbers(list.length, dims, who);
  const inner = productOf(dims.slice(axis + 1));
  return { at: (element) => list[Math.floor(element / inner) % list.length]! };
}

/**
 * The axis along which each position has its own of `count` numbers: the last if its size fits (columns, channels
 * last), otherwise the first. A `null` is a size that nobody knows yet. Throws `mapping/scale` if neither has.
 */
export function axisOfNumbers(count: number, dims: readonly (number | null)[], who: string): number {
  const last = dims.length - 1;
  const axis = [last, 0].find((each) => dims[each] === count) ?? [last, 0].find((each) => dims[each] === null);
  if (axis !== undefined) return axis;
  throw new ParetoError(
    'mapping/scale',
    `${who} has shape ${formatShape(dims)}, but "scale" or "offset" lists ${count} numbers. List one for each position of its first or last axis, or a single number.`,
  );
}

/** Stores and reads back. A value that comes back unchanged was represented exactly. */
function exactIntegers(numbers: Numbers, target: IntegerArray, dtype: string, who: string, largest: number): FeedData {
  for (let i = 0; i < target.length; i++) {
    const value = numbers[i]!;
    target[i] = value;
    if (target[i] !== value || value > largest) throw doesNotHold(value, i, dtype, who);
  }
  return target;
}

/** Writes the two 32-bit halves, because a bigint per element would be slow. */
function wideIntegers(numbers: Numbers, dtype: 'int64' | 'uint64', who: string): FeedData {
  const words = new Uint32Array(numbers.length * 2);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    const high = Math.floor(value / halfWord);
    words[2 * i] = value - high * halfWord;
    words[2 * i + 1] = high;
    const isHeld = value >= (dtype === 'int64' ? -largestExact : 0) && value <= largestExact;
    if (!isHeld || value !== high * halfWord + words[2 * i]!) throw doesNotHold(value, i, dtype, who);
  }
  return dtype === 'int64' ? new BigInt64Array(words.buffer) : new BigUint64Array(words.buffer);
}

/** The same bits, if no value has the highest one set. */
function changeSign(data: BigInt64Array | BigUint64Array, dtype: 'int64' | 'uint64', who: string): FeedData {
  const high = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
  for (let i = 0; i < data.length; i++) if (high[2 * i + 1]! < 0) throw doesNotHold(data[i]!, i, dtype, who);
  const copy = data.slice();
  return dtype === 'int64' ? new BigInt64Array(copy.buffer) : new BigUint64Array(copy.buffer);
}

function doesNotHold(value: number | bigint, position: number, dtype: string, who: string): ParetoError {
  return refuseValue(value, position, `which ${dtype} cannot hold exactly`, who);
}

function refuseValue(value: number | bigint, position: number, why: string, who: string): ParetoError {
  return new ParetoError(
    'data/value',
    `${who} contains ${value} at position ${position}, ${why}. Change the data, or map another field.`,
  );
}

function cannotConvert({ dtype: from }: FeedTensor, dtype: string, who: string): ParetoError {
  return new ParetoError(
    'data/type',
    `${who} is of type ${from}, which cannot be converted to ${dtype}. Map a field of another type, or change the model's input.`,
  );
}
