/** Floats of any width in and out of tensors, for rewrites that compute with weights. */
import { DataType, type DataTypeCode } from '../../onnx/data-type';
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

/** The largest number of each type. A larger number would be written as infinite. */
const largest: Readonly<Record<number, number>> = {
  [DataType.float16]: 65504,
  [DataType.float32]: 3.4028234663852886e38,
  [DataType.float64]: Number.MAX_VALUE,
};

/** The largest finite number of a float type; `undefined` for other types. */
export function largestFloat(type: DataTypeCode | undefined): number | undefined {
  return largest[type ?? 0];
}

/** True if the type of `like` has a finite number for each of the values. */
export function areFinite(like: Tensor, values: Float64Array): boolean {
  const limit = largest[like.dataType ?? 0] ?? 0;
  return values.every((value) => Math.abs(value) <= limit);
}

/** The least number of each type that has all its bits: below, one digit after the other is lost. */
const leastNormal: Readonly<Record<number, number>> = {
  [DataType.float16]: 2 ** -14,
  [DataType.float32]: 2 ** -126,
  [DataType.float64]: 2 ** -1022,
};

/**
 * Returns the elements of a weight times the scale of their channel, in double precision and not rounded. `undefined`
 * if their type would represent them less exactly: one is infinite, or all of a channel become so small that they lose
 * digits. A channel of zeros is exact, and one that was as small already (disabled by training) loses nothing more.
 */
export function scaledWeights(
  weight: Tensor,
  scale: Float64Array,
  channelOf: (element: number) => number,
): Float64Array | undefined {
  const values = readFloats(weight);
  if (values === undefined) return undefined;
  const scaled = Float64Array.from(values, (value, element) => value * scale[channelOf(element)]!);
  if (!areFinite(weight, scaled)) return undefined;
  const least = leastNormal[weight.dataType ?? 0] ?? 0;
  const [before, after] = [largestOfChannels(values, channelOf), largestOfChannels(scaled, channelOf)];
  for (const [channel, size] of after) {
    if (size < least && size > 0 && before.get(channel)! >= least) return undefined;
  }
  return scaled;
}

function largestOfChannels(values: ArrayLike<number>, channelOf: (element: number) => number): Map<number, number> {
  const largestOf = new Map<number, number>();
  for (let element = 0; element < values.length; element++) {
    const channel = channelOf(element);
    largestOf.set(channel, Math.max(largestOf.get(channel) ?? 0, Math.abs(values[element]!)));
  }
  return largestOf;
}

/** A tensor of the type of `like`, from numbers in double precision that are rounded once. */
export function writeFloats(like: Tensor, dims: readonly (number | bigint)[], values: Float64Array): Tensor {
  const dataType = like.dataType!;
  if (dataType === DataType.float64) return createTensor({ dataType, dims, bytes: values });
  const singles = Float32Array.from(values);
  return createTensor({ dataType, dims, bytes: dataType === DataType.float16 ? float32ToFloat16(singles) : singles });
}
