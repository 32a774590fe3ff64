/** Reading a float weight piece by piece, so that a large one need not be in memory as a whole. */
import type { ByteSource } from '../../onnx/byte-source';
import { asFloat32, asUint16 } from '../../onnx/byte-views';
import { DataType } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { float16ToFloat32 } from '../../onnx/half-float';
import { elementCount, expectedSizeBytes, readFloat32, storedSource } from '../../onnx/tensor';
import { float16Format, float32Format, type FloatFormat } from './float-format';

export interface WeightReader {
  readonly elementCount: number;
  readonly format: FloatFormat;
  /** Elements `start` to `end` as float32. May be a view: do not write to it. */
  read(start: number, end: number): Float32Array;
}

/** Weights up to this size are read once and kept while both passes (range, integers) run over them. */
const KEEP_BELOW_BYTES = 64 * 2 ** 20;

/** Memory that weights are read into, one after the other: fresh memory for each would cost more than the reading. */
export class ReadBuffer {
  #memory = new ArrayBuffer(0);

  /** The first bytes of the memory; what was taken before is overwritten. */
  take(sizeBytes: number): Uint8Array<ArrayBuffer> {
    if (this.#memory.byteLength < sizeBytes) this.#memory = new ArrayBuffer(sizeBytes);
    return new Uint8Array(this.#memory, 0, sizeBytes);
  }
}

/** True for the element types whose weights can be quantized. */
export function isQuantizable(tensor: Tensor): boolean {
  return tensor.dataType === DataType.float32 || tensor.dataType === DataType.float16;
}

/**
 * A reader of a float32 or float16 tensor, wherever its data is.
 * It may use `buffer` until another weight is opened with it.
 * Throws as `tensorBytes` does when the data is missing or does not fit the shape.
 */
export function openWeight(tensor: Tensor, buffer: ReadBuffer): WeightReader {
  const format = tensor.dataType === DataType.float16 ? float16Format : float32Format;
  const count = elementCount(tensor);
  const source = storedSource(tensor);
  const sizeBytes = expectedSizeBytes(tensor) ?? 0;
  if (source?.sizeBytes === sizeBytes && sizeBytes > KEEP_BELOW_BYTES) {
    return { elementCount: count, format, read: pieceReader(source, tensor.dataType === DataType.float16) };
  }
  const values = readWhole(tensor, source?.sizeBytes === sizeBytes ? source : undefined, buffer);
  return { elementCount: count, format, read: (start, end) => values.subarray(start, end) };
}

function readWhole(tensor: Tensor, source: ByteSource | undefined, buffer: ReadBuffer): Float32Array {
  if (source?.readInto === undefined || tensor.dataType !== DataType.float32) return readFloat32(tensor);
  const bytes = buffer.take(source.sizeBytes);
  source.readInto(bytes);
  return new Float32Array(bytes.buffer, 0, source.sizeBytes / 4);
}

function pieceReader(source: ByteSource, isFloat16: boolean): WeightReader['read'] {
  if (isFloat16) return (start, end) => float16ToFloat32(asUint16(source.read(start * 2, end * 2)));
  return (start, end) => asFloat32(source.read(start * 4, end * 4));
}
