/** Constants of floats, such as scales. */
import { DataType, isFloatDataType } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { createTensor, readFloat32 } from '../../onnx/tensor';

export function isFloat({ dataType = DataType.undefined }: Tensor): boolean {
  return isFloatDataType(dataType);
}

export function floatTensor(dims: readonly (number | bigint)[], values: Float32Array): Tensor {
  return createTensor({ dataType: DataType.float32, dims, bytes: values });
}

/** The product element by element, if one of them is a single number or both have as many; else `undefined`. */
export function productOf(first: Tensor, second: Tensor): Tensor | undefined {
  const [a, b] = [readFloat32(first), readFloat32(second)];
  if (a.length !== b.length && a.length !== 1 && b.length !== 1) return undefined;
  const [long, dims] = a.length >= b.length ? [a, first.dims] : [b, second.dims];
  const values = long.map((_, at) => Math.fround(a[a.length === 1 ? 0 : at]! * b[b.length === 1 ? 0 : at]!));
  return floatTensor(dims, values);
}
