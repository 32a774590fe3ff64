/** Elements of a weight as numbers, a part at a time: for statistics, not for arithmetic that must be exact. */
import { asFloat32, asFloat64, asUint16 } from '../../onnx/byte-views';
import { bitsPerElement, DataType, type DataTypeCode } from '../../onnx/data-type';
import { MemorySource, type ByteSource } from '../../onnx/byte-source';
import type { Tensor } from '../../onnx/graph';
import { bfloat16ToFloat32, float16ToFloat32 } from '../../onnx/half-float';
import { elementCount, expectedSizeBytes, storedSource, tensorBytes } from '../../onnx/tensor';

/** Elements of one part; a multiple of 8, so that packed types never split a byte. */
const partElements = 1 << 18;

type Decode = (bytes: Uint8Array, count: number) => ArrayLike<number>;

const decoders: ReadonlyMap<DataTypeCode, Decode> = new Map<DataTypeCode, Decode>([
  [DataType.float32, asFloat32],
  [DataType.float64, asFloat64],
  [DataType.float16, (bytes) => float16ToFloat32(asUint16(bytes))],
  [DataType.bfloat16, (bytes) => bfloat16ToFloat32(asUint16(bytes))],
  [DataType.uint8, (bytes) => bytes],
  [DataType.bool, (bytes) => bytes],
  [DataType.int8, (bytes) => new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)],
  [DataType.uint16, asUint16],
  [DataType.int16, (bytes) => new Int16Array(copyOf(bytes))],
  [DataType.int32, (bytes) => new Int32Array(copyOf(bytes))],
  [DataType.uint32, (bytes) => new Uint32Array(copyOf(bytes))],
  [DataType.int64, (bytes) => Float64Array.from(new BigInt64Array(copyOf(bytes)), Number)],
  [DataType.uint64, (bytes) => Float64Array.from(new BigUint64Array(copyOf(bytes)), Number)],
  [DataType.int4, unpack(4, true)],
  [DataType.uint4, unpack(4, false)],
  [DataType.int2, unpack(2, true)],
  [DataType.uint2, unpack(2, false)],
]);

/** True for types that `weightNumbers` can read; not for strings, complex numbers and floats of 8 and 4 bits. */
export function hasNumbers(tensor: Tensor): boolean {
  return decoders.has(tensor.dataType ?? DataType.undefined);
}

/** The elements in order, in parts of at most 262,144. Throws like `tensorBytes`. */
export function* weightNumbers(tensor: Tensor): Generator<ArrayLike<number>> {
  const dataType = tensor.dataType ?? DataType.undefined;
  const decode = decoders.get(dataType);
  const bits = bitsPerElement(dataType);
  const total = elementCount(tensor);
  if (decode === undefined || bits === undefined) return;
  const source = sourceOf(tensor);
  for (let start = 0; start < total; start += partElements) {
    const count = Math.min(partElements, total - start);
    const from = (start * bits) / 8;
    yield decode(source.read(from, from + Math.ceil((count * bits) / 8)), count);
  }
}

/**
 * Returns the source of a weight's bytes. Only data that is in the file at full length is read in parts; for other data, `tensorBytes`
 * reports the problem.
 */
function sourceOf(tensor: Tensor): ByteSource {
  const source = storedSource(tensor);
  if (source !== undefined && source.sizeBytes === expectedSizeBytes(tensor)) return source;
  return new MemorySource(tensorBytes(tensor));
}

function copyOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer;
}

/** Packed elements, low bits first (onnx.proto, TensorProto.DataType). */
function unpack(bits: 2 | 4, signed: boolean): Decode {
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const half = 1 << (bits - 1);
  return (bytes, count) => {
    const values = new Int8Array(count);
    for (let index = 0; index < count; index++) {
      const value = (bytes[Math.floor(index / perByte)]! >> ((index % perByte) * bits)) & mask;
      values[index] = signed && value >= half ? value - 2 * half : value;
    }
    return values;
  };
}
