/** Creates tensors of the integer types that weights and activations are quantized to. */
import { DataType, type DataTypeCode } from '../../onnx/data-type';
import type { Tensor, ValueName } from '../../onnx/graph';
import { createTensor } from '../../onnx/tensor';
import type { IntegerType } from './affine';
import { packBits } from './weights/packed-weights';

const integerDataTypes: Readonly<Record<IntegerType, DataTypeCode>> = {
  int4: DataType.int4,
  uint4: DataType.uint4,
  int8: DataType.int8,
  uint8: DataType.uint8,
  int16: DataType.int16,
  uint16: DataType.uint16,
};

/** A tensor of numbers that the type can hold, row by row. */
export function integerTensor(
  name: ValueName,
  type: IntegerType,
  dims: readonly (number | bigint)[],
  values: ArrayLike<number>,
): Tensor {
  return createTensor({ name, dataType: integerDataTypes[type], dims, bytes: bytesOf(type, values) });
}

function bytesOf(type: IntegerType, values: ArrayLike<number>): Uint8Array | Uint16Array {
  if (type === 'int16' || type === 'uint16') return Uint16Array.from(values);
  if (type === 'int8' || type === 'uint8') return Uint8Array.from(values);
  return packBits(Uint8Array.from(values), 4);
}
