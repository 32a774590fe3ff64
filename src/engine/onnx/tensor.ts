/**
 * Reading and making tensors. A tensor's data sits in `rawData`, in a typed field or in an external file; everything
 * here reads all of them alike. Bytes are little-endian, as ONNX stores them and as every JavaScript host is.
 */
import { ParetoError } from '../errors';
import { MemorySource, type ByteSource } from './byte-source';
import { asFloat32, asFloat64, asUint16, bytesOf } from './byte-views';
import { DataType, bitsPerElement, dataTypeName, type DataTypeCode } from './data-type';
import type { Tensor } from './graph';
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from './half-float';

/** Names a tensor for a message. */
export function tensorTitle(tensor: Tensor): string {
  return tensor.name ? `the tensor "${tensor.name}"` : 'a tensor without a name';
}

/**
 * Number of elements: the product of the dims, 1 for a scalar. Throws `tensor/shape` if a dim is negative, or if the
 * product is beyond the size of any file.
 */
export function elementCount(tensor: Pick<Tensor, 'dims' | 'name'>): number {
  let count = 1n;
  for (const dim of tensor.dims) {
    if (dim < 0n) throw new ParetoError('tensor/shape', `In ${tensorTitle(tensor)}, a dimension is negative (${dim}).`);
    count *= dim;
  }
  if (count > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ParetoError(
      'tensor/shape',
      `The shape [${tensor.dims.join(', ')}] of ${tensorTitle(tensor)} is too large.`,
    );
  }
  return Number(count);
}

/** Bytes that the tensor's data takes in raw form, or `undefined` for strings and unknown element types. */
export function expectedSizeBytes(tensor: Tensor): number | undefined {
  const bits = bitsPerElement(tensor.dataType ?? DataType.undefined);
  return bits === undefined ? undefined : Math.ceil((elementCount(tensor) * bits) / 8);
}

/**
 * The tensor's data as raw little-endian bytes, wherever the file stores it. The result may be a view of shared memory:
 * do not write to it. Throws `external-data/missing` when the data file is not at hand, `tensor/size` when data and
 * shape disagree, `tensor/type` for strings and unknown types.
 */
export function tensorBytes(tensor: Tensor): Uint8Array {
  const expected = expectedSizeBytes(tensor);
  if (expected === undefined) {
    throw new ParetoError(
      'tensor/type',
      `The elements of ${tensorTitle(tensor)} (${dataTypeName(tensor.dataType ?? 0)}) cannot be read as numbers.`,
    );
  }
  const bytes = storedBytes(tensor);
  if (bytes.byteLength !== expected) {
    throw new ParetoError(
      'tensor/size',
      `The shape [${tensor.dims.join(', ')}] of ${tensorTitle(tensor)} needs ${expected} bytes of ` +
        `${dataTypeName(tensor.dataType ?? 0)}, but the file has ${bytes.byteLength}. The model is damaged.`,
    );
  }
  return bytes;
}

/** Size of the data as stored, in raw bytes, without reading it; 0 for strings and for data that is not there. */
export function storedSizeBytes(tensor: Tensor): number {
  if (isExternal(tensor)) return tensor.externalSource?.sizeBytes ?? 0;
  if (tensor.rawData) return tensor.rawData.sizeBytes;
  return typedFieldSizeBytes(tensor);
}

/** True when the data lives in another file. */
export function isExternal(tensor: Tensor): boolean {
  return tensor.dataLocation === 1;
}

/**
 * The raw bytes in place, in the model file or in its data file, unread; `undefined` for data in a typed field. Throws
 * `external-data/missing` when the data file is not at hand.
 */
export function storedSource(tensor: Tensor): ByteSource | undefined {
  if (!isExternal(tensor)) return tensor.rawData;
  if (tensor.externalSource) return tensor.externalSource;
  throw new ParetoError(
    'external-data/missing',
    `The data of ${tensorTitle(tensor)} is in the file "${externalEntry(tensor, 'location') ?? ''}", which is missing. ` +
      'Open the model together with that file.',
  );
}

/** Returns an entry of an external tensor: `location`, `offset`, `length`. */
export function externalEntry(tensor: Tensor, key: string): string | undefined {
  return tensor.externalData?.find((entry) => entry.key === key)?.value;
}

/** The same tensor with its data as raw bytes, wherever the data was before. */
export function withRawData(tensor: Tensor, rawData: ByteSource): Tensor {
  const { externalData: _entries, externalSource: _source, dataLocation: _location, ...inFile } = tensor;
  const { floatData: _f, int32Data: _i, int64Data: _l, doubleData: _d, uint64Data: _u, ...rest } = inFile;
  return { ...rest, rawData };
}

/**
 * Elements as float32, for float32, float64 (rounded), float16 and bfloat16 tensors. May be a view of the tensor's
 * memory: do not write to it. Throws like `tensorBytes`, and `tensor/type` for other types.
 */
export function readFloat32(tensor: Tensor): Float32Array {
  const bytes = tensorBytes(tensor);
  switch (tensor.dataType) {
    case DataType.float32:
      return asFloat32(bytes);
    case DataType.float64:
      return Float32Array.from(asFloat64(bytes));
    case DataType.float16:
      return float16ToFloat32(asUint16(bytes));
    case DataType.bfloat16:
      return bfloat16ToFloat32(asUint16(bytes));
    default:
      throw new ParetoError(
        'tensor/type',
        `Expected floating-point numbers in ${tensorTitle(tensor)}, but it contains ${dataTypeName(tensor.dataType ?? 0)}.`,
      );
  }
}

/** The same float32 or float16 tensor with other values, in their order. */
export function withFloats(tensor: Tensor, values: Float32Array): Tensor {
  const bytes = tensor.dataType === DataType.float16 ? float32ToFloat16(values) : values;
  return withRawData(tensor, new MemorySource(bytesOf(bytes)));
}

/** True for the types that `readIntegers` reads. */
export function holdsIntegers({ dataType }: Tensor): boolean {
  return integerReaders.has(dataType ?? DataType.undefined);
}

/** Elements of an integer or bool tensor, exact. Meant for shapes, axes and indices; weights are read as bytes. */
export function readIntegers(tensor: Tensor): bigint[] {
  const bytes = tensorBytes(tensor);
  const read = integerReaders.get(tensor.dataType ?? DataType.undefined);
  if (!read) {
    throw new ParetoError(
      'tensor/type',
      `Expected integers in ${tensorTitle(tensor)}, but it contains ${dataTypeName(tensor.dataType ?? 0)}.`,
    );
  }
  return read(bytes, elementCount(tensor));
}

/** A tensor from raw little-endian bytes. The bytes are kept, not copied: do not write to them afterwards. */
export function createTensor(options: {
  readonly name?: string;
  readonly dataType: DataTypeCode;
  readonly dims: readonly (number | bigint)[];
  readonly bytes: Uint8Array | ArrayBufferView;
}): Tensor {
  const { name, dataType, dims, bytes } = options;
  return {
    name,
    dataType,
    dims: dims.map(BigInt),
    rawData: new MemorySource(bytesOf(bytes)),
  };
}

function storedBytes(tensor: Tensor): Uint8Array {
  return storedSource(tensor)?.read() ?? typedFieldBytes(tensor);
}

type TypedValues = Float32Array | Float64Array | BigInt64Array | BigUint64Array | Int32Array;

/** The wire field that must carry each element type when it is not raw (onnx.proto, comments of TensorProto). */
function typedField(tensor: Tensor): TypedValues | undefined {
  switch (tensor.dataType) {
    case DataType.float32:
    case DataType.complex64:
      return tensor.floatData;
    case DataType.float64:
    case DataType.complex128:
      return tensor.doubleData;
    case DataType.int64:
      return tensor.int64Data;
    case DataType.uint64:
    case DataType.uint32:
      return tensor.uint64Data;
    default:
      // The packed 4-bit and 2-bit types carry one packed byte per entry.
      return tensor.int32Data;
  }
}

/** Raw bytes that one entry of the typed field stands for. */
function typedEntryBytes(tensor: Tensor): number {
  if (tensor.dataType === DataType.complex64) return 4;
  if (tensor.dataType === DataType.complex128) return 8;
  return Math.max(8, bitsPerElement(tensor.dataType ?? DataType.undefined) ?? 8) / 8;
}

function typedFieldSizeBytes(tensor: Tensor): number {
  return (typedField(tensor)?.length ?? 0) * typedEntryBytes(tensor);
}

function typedFieldBytes(tensor: Tensor): Uint8Array {
  const values = typedField(tensor);
  if (!values) return new Uint8Array(0);
  const width = typedEntryBytes(tensor);
  if (values.BYTES_PER_ELEMENT === width) return bytesOf(values);
  if (values instanceof BigUint64Array) return bytesOf(lowWords(values));
  // Storing into a narrower array keeps the low bits, which is what int32_data means for 8- and 16-bit elements.
  const narrow = width === 2 ? new Uint16Array(values.length) : new Uint8Array(values.length);
  narrow.set(values as Int32Array);
  return bytesOf(narrow);
}

function lowWords(values: BigUint64Array): Uint32Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const low = new Uint32Array(values.length);
  for (let index = 0; index < low.length; index++) low[index] = words[2 * index]!;
  return low;
}

type IntegerReader = (bytes: Uint8Array, count: number) => bigint[];

function fixedWidth(width: number, read: (view: DataView, offset: number) => number | bigint): IntegerReader {
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: bytes.byteLength / width }, (_, index) => BigInt(read(view, index * width)));
  };
}

/** Sub-byte elements, packed low bits first. */
function packed(bits: number, signed: boolean): IntegerReader {
  const perByte = 8 / bits;
  return (bytes, count) =>
    Array.from({ length: count }, (_, index) => {
      const field = BigInt(bytes[Math.floor(index / perByte)]! >>> ((index % perByte) * bits));
      return signed ? BigInt.asIntN(bits, field) : BigInt.asUintN(bits, field);
    });
}

const integerReaders = new Map<DataTypeCode, IntegerReader>([
  [DataType.uint8, fixedWidth(1, (view, offset) => view.getUint8(offset))],
  [DataType.bool, fixedWidth(1, (view, offset) => view.getUint8(offset))],
  [DataType.int8, fixedWidth(1, (view, offset) => view.getInt8(offset))],
  [DataType.uint16, fixedWidth(2, (view, offset) => view.getUint16(offset, true))],
  [DataType.int16, fixedWidth(2, (view, offset) => view.getInt16(offset, true))],
  [DataType.int32, fixedWidth(4, (view, offset) => view.getInt32(offset, true))],
  [DataType.uint32, fixedWidth(4, (view, offset) => view.getUint32(offset, true))],
  [DataType.int64, fixedWidth(8, (view, offset) => view.getBigInt64(offset, true))],
  [DataType.uint64, fixedWidth(8, (view, offset) => view.getBigUint64(offset, true))],
  [DataType.uint4, packed(4, false)],
  [DataType.int4, packed(4, true)],
  [DataType.uint2, packed(2, false)],
  [DataType.int2, packed(2, true)],
]);
