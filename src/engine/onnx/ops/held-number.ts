import { DataType, type DataTypeCode } from '../data-type';
import { float16ToFloat32, float32ToFloat16 } from '../half-float';
import { isSureInFloat32, type Size } from '../size';

/** The range of each integer type. The range of 64-bit types is the one that a JavaScript number holds exactly. */
const integerRanges = new Map<DataTypeCode, readonly [number, number]>([
  [DataType.bool, [0, 1]],
  [DataType.uint8, [0, 2 ** 8 - 1]],
  [DataType.int8, [-(2 ** 7), 2 ** 7 - 1]],
  [DataType.uint16, [0, 2 ** 16 - 1]],
  [DataType.int16, [-(2 ** 15), 2 ** 15 - 1]],
  [DataType.uint32, [0, 2 ** 32 - 1]],
  [DataType.int32, [-(2 ** 31), 2 ** 31 - 1]],
  [DataType.uint64, [0, Number.MAX_SAFE_INTEGER]],
  [DataType.int64, [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
]);

/**
 * Returns the value that a tensor of this type holds for a number that inference has calculated. Floats are rounded as
 * one operation of the runtime rounds them. `null` if the value is uncertain. Uncertain are an integer out of range
 * (the runtime wraps it), a float that is not finite, and a fraction in an unknown type. Symbols pass through, in
 * float32 only if it holds them exactly.
 */
export function heldNumber(type: DataTypeCode | undefined, size: Size): Size {
  if (size === null) return null;
  if (typeof size !== 'number') return type === DataType.float32 && !isSureInFloat32(size) ? null : size;
  if (!Number.isFinite(size)) return null;
  if (type === DataType.float64) return size;
  if (type === DataType.float32) return finite(Math.fround(size));
  if (type === DataType.float16) return finite(float16ToFloat32(float32ToFloat16(Float32Array.of(size)))[0]!);
  const [least, largest] = integerRanges.get(type ?? DataType.int64) ?? [0, -1];
  return Number.isInteger(size) && size >= least && size <= largest ? size : null;
}

/** Returns a size that arithmetic can use. Integers of more than 53 bits are known as ±∞, because they exceed every size. */
export function finite(size: Size): Size {
  return typeof size === 'number' && !Number.isFinite(size) ? null : size;
}
