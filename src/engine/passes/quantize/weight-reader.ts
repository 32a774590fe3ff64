/** Reading a float weight piece by piece, so that a large one need not be in memory as a whole. */
import type { ByteSource } from '../../onnx/byte-source';
import { DataType } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { float16ToFloat32 } from '../../onnx/half-float';
import { elementCount, expectedSizeBytes, isExternal, readFloat32 } from '../../onnx/tensor';
import { float16Format, float32Format, type FloatFormat } from './float-format';

export interface WeightReader {
  readonly elementCount: number;
  readonly format: FloatFormat;
  /** Elements `start` to `end` as float32. May be a view: do not write to it. */
  read(start: number, end: number): Float32Array;
}

/** Weights up to this size are read once and kept while both passes (range, integers) run over them. */
const KEEP_BELOW_BYTES = 64 * 2 ** 20;

/** True for the element types whose weights can be quantized. */
export function isQuantizable(tensor: Tensor): boolean {
  return tensor.dataType === DataType.float32 || tensor.dataType === DataType.float16;
}

/**
 * A reader of a float32 or float16 tensor, wherever its data is.
 * Throws as `tensorBytes` does when the data is missing or does not fit the shape.
 */
export function openWeight(tensor: Tensor): WeightReader {
  const format = tensor.dataType === DataType.float16 ? float16Format : float32Format;
  const count = elementCount(tensor);
  const source = isExternal(tensor) ? tensor.externalSource : tensor.rawData;
  const sizeBytes = expectedSizeBytes(tensor) ?? 0;
  if (source?.sizeBytes === sizeBytes && sizeBytes > KEEP_BELOW_BYTES) {
    return { elementCount: count, format, read: pieceReader(source, tensor.dataType === DataType.float16) };
  }
  const values = readFloat32(tensor);
  return { elementCount: count, format, read: (start, end) => values.subarray(start, end) };
}

function pieceReader(source: ByteSource, isFloat16: boolean): WeightReader['read'] {
  if (isFloat16) {
    return (start, end) => {
      const bytes = aligned(source.read(start * 2, end * 2), 2);
      return float16ToFloat32(new Uint16Array(bytes.buffer, bytes.byteOffset, end - start));
    };
  }
  return (start, end) => {
    const bytes = aligned(source.read(start * 4, end * 4), 4);
    return new Float32Array(bytes.buffer, bytes.byteOffset, end - start);
  };
}

function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
}
