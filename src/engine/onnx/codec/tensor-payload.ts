/** The data of one tensor, gathered from the wire without onnx-proto. */
import { ParetoError } from '../../errors';
import { MemorySource, type ByteSource } from '../byte-source';
import type { Tensor } from '../graph';
import { readExactly, type ByteCursor } from './byte-cursor';
import { GrowingBuffer } from './growing-buffer';
import { decodeVarints } from './varints';
import type { Payload } from './wire-schema';

/** The data fields of a tensor. */
export type TensorPayload = Pick<
  Tensor,
  'rawData' | 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data'
>;

/** Raw data up to this size is read along with the structure, larger data stays in the file until a pass reads it. */
const inlineBytes = 1024;
/** Typed fields grow in memory up to 8× (a varint of one byte becomes an int64); this bounds them. */
const maxTypedBytes = 2 ** 31;

type TypedField = Exclude<Payload, 'rawData'>;

export class PayloadCollector {
  #rawData: ByteSource | undefined;
  readonly #typed = new Map<TypedField, GrowingBuffer>();

  get isEmpty(): boolean {
    return this.#rawData === undefined && this.#typed.size === 0;
  }

  /** Reads the value of one field. The cursor is at its first byte, and `end` is its end. */
  take(field: Payload, wireType: number, cursor: ByteCursor, end: number): void {
    const start = cursor.position;
    if (field === 'rawData') {
      if (end - start <= inlineBytes) this.#rawData = new MemorySource(cursor.take(end).slice());
      else this.#rawData = cursor.slice(start, end);
      cursor.position = end;
      return;
    }
    const bytes = end - start <= inlineBytes ? cursor.take(end) : readExactly(cursor.slice(start, end), 0, end - start);
    cursor.position = end;
    this.#append(field, wireType, bytes);
  }

  #append(field: TypedField, wireType: number, bytes: Uint8Array): void {
    const width = field === 'int32Data' || field === 'floatData' ? 4 : 8;
    const isFloat = field === 'floatData' || field === 'doubleData';
    if (isFloat && bytes.length % width !== 0) {
      throw new ParetoError(
        'format/damaged',
        `A tensor's ${field} ends in the middle of a number. The file is damaged.`,
      );
    }
    const elements = isFloat ? bytes : decodeVarints(bytes, width === 8);
    let buffer = this.#typed.get(field);
    if (!buffer) {
      buffer = new GrowingBuffer(wireType === 2 ? elements.length : 64);
      this.#typed.set(field, buffer);
    }
    if (buffer.length + elements.length > maxTypedBytes) {
      throw new ParetoError('format/too-large', `A tensor's ${field} is larger than 2 GB. Store it as raw data.`);
    }
    buffer.append(elements);
  }

  finish(): TensorPayload {
    const memory = (field: TypedField): ArrayBuffer | undefined => this.#typed.get(field)?.finish().buffer;
    const [floatData, int32Data, int64Data, doubleData, uint64Data] = [
      memory('floatData'),
      memory('int32Data'),
      memory('int64Data'),
      memory('doubleData'),
      memory('uint64Data'),
    ];
    return {
      rawData: this.#rawData,
      floatData: floatData && new Float32Array(floatData),
      int32Data: int32Data && new Int32Array(int32Data),
      int64Data: int64Data && new BigInt64Array(int64Data),
      doubleData: doubleData && new Float64Array(doubleData),
      uint64Data: uint64Data && new BigUint64Array(uint64Data),
    };
  }
}
