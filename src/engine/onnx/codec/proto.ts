/**
 * A guard around onnx-proto. By itself it drops every field newer than ONNX 1.10, such as `metadata_props`. In a bundle
 * it also reads int64 as `number`, so that INT64_MAX ("to the end" in Slice) becomes INT64_MIN. Here int64 is read
 * through Long, unknown fields are recorded and written back, and tensor data is written as parts without a copy.
 */
import Long from 'long';
import 'onnx-proto';
import type { onnx as OnnxProto } from 'onnx-proto';
// The very module that onnx-proto loads: its Reader and Writer are the ones to configure and to extend.
import protobuf from 'protobufjs/minimal.js';
import { ParetoError } from '../../errors';
import type { ByteSource } from '../byte-source';

protobuf.util.Long = Long;
protobuf.configure();

/** onnx-proto's message classes. Taken from the root that it registers, so that there is one protobufjs or an error at once. */
export const onnx = (protobuf.roots['default'] as unknown as { readonly onnx: typeof OnnxProto }).onnx;

/** Data of a tensor on its way out: one field, tag and value. */
export interface OutgoingPayload {
  readonly field: number;
  readonly data: Uint8Array | ByteSource;
}

/** Fields that this file adds to onnx-proto's messages. */
export interface Kept {
  unknownFields?: Uint8Array;
  payloads?: readonly OutgoingPayload[];
}

const longestVarintBytes = 10;

/**
 * Reads messages and keeps the bytes of fields that they do not know. The library would skip 10 bytes for a 32-bit
 * number that is written in 6 to 9 bytes, which protobuf allows.
 */
export class RecordingReader extends protobuf.Reader {
  /** One entry for each message being decoded, the innermost last. */
  readonly frames: Uint8Array[][] = [];
  #tagStart = 0;
  #skipping = false;
  readonly #text = new TextDecoder('utf-8', { ignoreBOM: true });

  override uint32(): number {
    // The last uint32 before `skipType` is always the unknown field's tag.
    if (!this.#skipping) this.#tagStart = this.pos;
    let value = 0;
    for (let index = 0; index < longestVarintBytes && this.pos < this.len; index++) {
      const byte = this.buf[this.pos++]!;
      // The reader uses the lower 32 bits of a longer number.
      if (index < 5) value |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return value >>> 0;
    }
    throw new ParetoError('format/damaged', 'A number in the file is too long or incomplete. The file is damaged.');
  }

  override string(): string {
    return this.#text.decode(this.bytes());
  }

  override skipType(wireType: number): protobuf.Reader {
    if (this.#skipping) return super.skipType(wireType);
    const start = this.#tagStart;
    this.#skipping = true;
    super.skipType(wireType);
    this.#skipping = false;
    this.frames.at(-1)?.push(this.buf.subarray(start, this.pos));
    return this;
  }
}

interface Operation {
  readonly fn: (value: unknown, buffer: Uint8Array, position: number) => void;
  readonly len: number;
  readonly val: unknown;
  readonly next?: Operation;
}

/** The part of protobufjs's Writer that its type declarations leave out. */
interface WriterInternals {
  readonly head: Operation;
  _push(fn: Operation['fn'], length: number, value: unknown): unknown;
}

const copyBytes: Operation['fn'] = (value, buffer, position) => buffer.set(value as Uint8Array, position);
const payloadMark: Operation['fn'] = () => undefined;

/** Payloads below this are copied into the bytes around them: a part costs more than it saves. */
const smallestPartBytes = 1024;

/** Writes messages into parts: new bytes, and tensors' data unchanged. */
export class PartsWriter extends protobuf.Writer {
  append(bytes: Uint8Array): void {
    internals(this)._push(copyBytes, bytes.length, bytes);
  }

  payload({ field, data }: OutgoingPayload): void {
    const sizeBytes = data instanceof Uint8Array ? data.byteLength : data.sizeBytes;
    this.uint32(field * 8 + 2).uint32(sizeBytes);
    if (sizeBytes >= smallestPartBytes) internals(this)._push(payloadMark, sizeBytes, data);
    else this.append(data instanceof Uint8Array ? data : data.read());
  }

  /** Returns everything that was written, in order. */
  parts(): (Uint8Array | ByteSource)[] {
    const parts: (Uint8Array | ByteSource)[] = [];
    let from: Operation | undefined = internals(this).head;
    while (from) {
      let sizeBytes = 0;
      let end: Operation | undefined = from;
      for (; end && end.fn !== payloadMark; end = end.next) sizeBytes += end.len;
      if (sizeBytes > 0) parts.push(runOperations(from, end, sizeBytes));
      if (end) parts.push(end.val as Uint8Array | ByteSource);
      from = end?.next;
    }
    return parts;
  }
}

function runOperations(from: Operation, end: Operation | undefined, sizeBytes: number): Uint8Array {
  const buffer = new Uint8Array(sizeBytes);
  let position = 0;
  for (let at: Operation | undefined = from; at && at !== end; at = at.next) {
    at.fn(at.val, buffer, position);
    position += at.len;
  }
  return buffer;
}

function internals(writer: protobuf.Writer): WriterInternals {
  return writer as unknown as WriterInternals;
}

interface MessageClass {
  decode(reader: protobuf.Reader | Uint8Array, length?: number): object;
  encode(message: object, writer?: protobuf.Writer): protobuf.Writer;
}

/** Nested messages are decoded through look-ups of these classes' properties, so replacing the properties reaches all. */
function guard(messageClass: MessageClass): void {
  const { decode, encode } = messageClass;
  messageClass.decode = (reader, length) => {
    if (!(reader instanceof RecordingReader)) return decode(reader, length);
    reader.frames.push([]);
    const message = decode(reader, length) as Kept;
    const unknown = reader.frames.pop()!;
    if (unknown.length > 0) message.unknownFields = concatenate(unknown);
    return message;
  };
  messageClass.encode = (message: Kept, writer) => {
    const result = encode(message, writer);
    if (result instanceof PartsWriter) {
      for (const payload of message.payloads ?? []) result.payload(payload);
      if (message.unknownFields) result.append(message.unknownFields);
    }
    return result;
  };
}

for (const messageClass of [
  onnx.ModelProto,
  onnx.GraphProto,
  onnx.NodeProto,
  onnx.AttributeProto,
  onnx.TensorProto,
  onnx.TensorProto.Segment,
  onnx.SparseTensorProto,
  onnx.ValueInfoProto,
  onnx.TypeProto,
  onnx.TypeProto.Tensor,
  onnx.TypeProto.Sequence,
  onnx.TypeProto.Map,
  onnx.TypeProto.Optional,
  onnx.TypeProto.SparseTensor,
  onnx.TensorShapeProto,
  onnx.TensorShapeProto.Dimension,
  onnx.OperatorSetIdProto,
  onnx.StringStringEntryProto,
  onnx.TensorAnnotation,
  onnx.TrainingInfoProto,
  onnx.FunctionProto,
]) {
  guard(messageClass as unknown as MessageClass);
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
