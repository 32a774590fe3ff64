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
  /** Elements `start` to `end` as float32, until the next read: the memory may be used again. Do not write to it. */
  read(start: number, end: number): Float32Array;
}

/** A piece takes less than 1 ms of work, and stays in a processor's cache between reading and computing. */
const PIECE_ELEMENTS = 2 ** 18;

/** Elements to read at a time: a multiple of `alignment`. */
export function pieceElementsOf(alignment: number): number {
  return Math.max(1, Math.floor(PIECE_ELEMENTS / alignment)) * alignment;
}

/** Weights up to this size are read once and kept while both passes (range, integers) run over them. */
const KEEP_BELOW_BYTES = 64 * 2 ** 20;

/** The least bytes to read at once, because each call in a browser costs as much. */
const READ_AHEAD_BYTES = 8 * 2 ** 20;

/** A buffer that reads several weights, one after the other. */
export class ReadBuffer {
  readonly #room: (sizeBytes: number) => Uint8Array;
  #ahead: { readonly source: ByteSource; readonly start: number; readonly bytes: Uint8Array } | undefined;

  /** @param room gives memory to read into, until it is called again; without it the buffer has its own. */
  constructor(room = ownRoom()) {
    this.#room = room;
  }

  /** Bytes `start` to `end` of a source, until the next call. */
  read(source: ByteSource, start: number, end: number): Uint8Array {
    return source.readInto ? this.#fill(source as Filling, start, end) : this.#readAhead(source, start, end);
  }

  #fill(source: Filling, start: number, end: number): Uint8Array {
    const bytes = this.#room(end - start);
    source.readInto(bytes, start);
    return bytes;
  }

  #readAhead(source: ByteSource, start: number, end: number): Uint8Array {
    let ahead = this.#ahead;
    if (ahead?.source !== source || start < ahead.start || end > ahead.start + ahead.bytes.length) {
      const bytes = source.read(start, Math.max(end, Math.min(start + READ_AHEAD_BYTES, source.sizeBytes)));
      ahead = { source, start, bytes };
    }
    this.#ahead = end < source.sizeBytes ? ahead : undefined;
    return ahead.bytes.subarray(start - ahead.start, end - ahead.start);
  }
}

/** Fresh memory for each piece would cost more than the reading. */
function ownRoom(): (sizeBytes: number) => Uint8Array {
  let memory = new ArrayBuffer(0);
  return (sizeBytes) => {
    if (memory.byteLength < sizeBytes) memory = new ArrayBuffer(sizeBytes);
    return new Uint8Array(memory, 0, sizeBytes);
  };
}

type Filling = ByteSource & Required<Pick<ByteSource, 'readInto'>>;

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
  const streamed = openStreamedWeight(tensor, buffer);
  if (streamed && (expectedSizeBytes(tensor) ?? 0) > KEEP_BELOW_BYTES) return streamed;
  const values = streamed?.read(0, streamed.elementCount) ?? readFloat32(tensor);
  return {
    elementCount: elementCount(tensor),
    format: formatOf(tensor),
    read: (start, end) => values.subarray(start, end),
  };
}

/**
 * A reader that keeps nothing and may be used again at any time, for data that is stored as raw bytes; `undefined` for
 * other data. It uses `buffer` while it reads. Throws when the data file is missing.
 */
export function openStreamedWeight(tensor: Tensor, buffer: ReadBuffer): WeightReader | undefined {
  const source = storedSource(tensor);
  if (!source || source.sizeBytes !== expectedSizeBytes(tensor)) return undefined;
  const read = (start: number, end: number): Uint8Array => buffer.read(source, start, end);
  return {
    elementCount: elementCount(tensor),
    format: formatOf(tensor),
    read:
      tensor.dataType === DataType.float16
        ? (start, end) => float16ToFloat32(asUint16(read(start * 2, end * 2)))
        : (start, end) => asFloat32(read(start * 4, end * 4)),
  };
}

function formatOf(tensor: Tensor): FloatFormat {
  return tensor.dataType === DataType.float16 ? float16Format : float32Format;
}
