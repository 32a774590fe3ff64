/** The stored form of a weight: how its bytes are read as numbers, and which bytes stand for zero. */
import type { ByteSource } from '../../../onnx/byte-source';
import { asFloat32, asFloat64, asUint16 } from '../../../onnx/byte-views';
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import { bfloat16ToFloat32, float16ToFloat32 } from '../../../onnx/half-float';
import type { MagnitudeSource } from './magnitude-threshold';

/** Affine quantization of integer weights: the value of `q` is `(q − zeroPoint) × scale`, one pair or one per slice of `axis`. */
export interface AffineParameters {
  /** One entry, or one per channel. */
  readonly scales: Float32Array;
  /** Zero points, as many as scales. */
  readonly zeroPoints: Int32Array;
  /** Elements from one channel to the next, and channels: element `i` is of channel `floor(i / stride) mod channels`. */
  readonly stride: number;
}

export interface WeightFormat {
  readonly bytesPerElement: number;
  readonly wide: boolean;
  /** Numbers of `bytes`, whose first element has index `start` in the tensor. The result may be reused by the next call. */
  decode(bytes: Uint8Array, start: number): Float32Array | Float64Array;
  /** Writes zero for the element at `position` of `bytes`, which has index `index` in the tensor. */
  clear(bytes: Uint8Array, position: number, index: number): void;
}

/** The format of a float weight, or `undefined` for a type that is not one. */
export function floatFormat(dataType: DataTypeCode): WeightFormat | undefined {
  switch (dataType) {
    case DataType.float32:
      return {
        bytesPerElement: 4,
        wide: false,
        decode: asFloat32,
        clear: (bytes, position) => clearBytes(bytes, position, 4),
      };
    case DataType.float64:
      return {
        bytesPerElement: 8,
        wide: true,
        decode: asFloat64,
        clear: (bytes, position) => clearBytes(bytes, position, 8),
      };
    case DataType.float16:
      return {
        bytesPerElement: 2,
        wide: false,
        decode: fromFloat16,
        clear: (bytes, position) => clearBytes(bytes, position, 2),
      };
    case DataType.bfloat16:
      return {
        bytesPerElement: 2,
        wide: false,
        decode: fromBfloat16,
        clear: (bytes, position) => clearBytes(bytes, position, 2),
      };
    default:
      return undefined;
  }
}

/** The format of 8-bit quantized weights: their magnitude is that of the number they stand for, and zero is the zero point. */
export function affineFormat(dataType: DataTypeCode, parameters: AffineParameters): WeightFormat | undefined {
  if (dataType !== DataType.uint8 && dataType !== DataType.int8) return undefined;
  const { scales, zeroPoints, stride } = parameters;
  const channels = scales.length;
  const channelOf = (index: number) => (channels === 1 ? 0 : Math.floor(index / stride) % channels);
  return {
    bytesPerElement: 1,
    wide: false,
    decode(bytes, start) {
      const integers =
        dataType === DataType.uint8 ? bytes : new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const values = new Float32Array(integers.length);
      for (let position = 0; position < integers.length; position += 1) {
        const channel = channelOf(start + position);
        values[position] = (integers[position]! - zeroPoints[channel]!) * scales[channel]!;
      }
      return values;
    },
    clear(bytes, position, index) {
      bytes[position] = zeroPoints[channelOf(index)]! & 0xff;
    },
  };
}

/** Reads a weight chunk by chunk; nothing is kept. */
export function magnitudeSource(source: ByteSource, format: WeightFormat): MagnitudeSource {
  const { bytesPerElement, wide } = format;
  return {
    elements: Math.floor(source.sizeBytes / bytesPerElement),
    wide,
    read: (start, end) => format.decode(source.read(start * bytesPerElement, end * bytesPerElement), start),
  };
}

function clearBytes(bytes: Uint8Array, position: number, bytesPerElement: number): void {
  const start = position * bytesPerElement;
  for (let index = start; index < start + bytesPerElement; index += 1) bytes[index] = 0;
}

function fromBfloat16(bytes: Uint8Array): Float32Array {
  return bfloat16ToFloat32(asUint16(bytes));
}

function fromFloat16(bytes: Uint8Array): Float32Array {
  return float16ToFloat32(asUint16(bytes));
}
