/** Floats of any width in and out of tensors, for rewrites that compute with weights. */
import { DataType } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { float32ToFloat16 } from '../../onnx/half-float';
import { createTensor, readFloat32, tensorBytes } from '../../onnx/tensor';
import { asFloat64 } from '../../onnx/byte-views';

/** Float types that a rewrite can compute with: read exactly, written rounded once. */
const writable = new Set<number>([DataType.float32, DataType.float64, DataType.float16]);

/** The elements, exact; `undefined` for other types than float16, float32 and float64. */
export function readFloats(tensor: Tensor): Float32Array | Float64Array | undefined {
  if (!writable.has(tensor.dataType ?? 0)) return undefined;
  return tensor.dataType === DataType.float64 ? asFloat64(tensorBytes(tensor)) : readFloat32(tensor);
}

/** The largest number of each type; what is larger would be written as infinite. */
const largest: Readonly<Record<number, number>> = {
  [DataType.float16]: 65504,
  [DataType.float32]: 3.4028234663852886e38,
  [DataType.float64]: Number.MAX_VALUE,
};

/** True where the type of `like` has a finite number for each of the values. */
export function areFinite(like: Tensor, values: Float64Array): boolean {
  const limit = largest[like.dataType ?? 0] ?? 0;
  return values.every((value) => Math.abs(value) <= limit);
}

/** The least number of float16 that has all its bits: below, one digit after the other is lost. */
const leastNormalHalf = 2 ** -14;

/**
 * True where scaled weights are finite and as exact as they were: of no channel are all of them too small for float16. A
 * channel of zeros is exact. In the wider types only channels that training has switched off come that near to nothing.
 */
export function holdsScaled(like: Tensor, scaled: Float64Array, channelOf: (element: number) => number): boolean {
  if (!areFinite(like, scaled)) return false;
  if (like.dataType !== DataType.float16) return true;
  const largestOfChannel = new Map<number, number>();
  for (let element = 0; element < scaled.length; element++) {
    const channel = channelOf(element);
    largestOfChannel.set(channel, Math.max(largestOfChannel.get(channel) ?? 0, Math.abs(scaled[element]!)));
  }
  return [...largestOfChannel.values()].every((size) => size === 0 || size >= leastNormalHalf);
}

/** A tensor of the type of `like`, from numbers in double precision that are rounded once. */
export function writeFloats(like: Tensor, dims: readonly (number | bigint)[], values: Float64Array): Tensor {
  const dataType = like.dataType!;
  if (dataType === DataType.float64) return createTensor({ dataType, dims, bytes: values });
  const singles = Float32Array.from(values);
  return createTensor({ dataType, dims, bytes: dataType === DataType.float16 ? float32ToFloat16(singles) : singles });
}
