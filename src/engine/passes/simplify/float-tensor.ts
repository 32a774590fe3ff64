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

/** A tensor of the type of `like`, from numbers in double precision that are rounded once. */
export function writeFloats(like: Tensor, dims: readonly (number | bigint)[], values: Float64Array): Tensor {
  const dataType = like.dataType!;
  if (dataType === DataType.float64) return createTensor({ dataType, dims, bytes: values });
  const singles = Float32Array.from(values);
  return createTensor({ dataType, dims, bytes: dataType === DataType.float16 ? float32ToFloat16(singles) : singles });
}
