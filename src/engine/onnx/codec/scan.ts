/**
 * The wire scanner: walks a model file in small windows, checks its structure, and cuts the tensors' data out. The rest, the skeleton, goes
 * to onnx-proto. Large data stays a slice of the file that nobody has read.
 *
 * In the skeleton a tensor's data fields are replaced by one `raw_data` of four bytes: the index of its payload.
 */
import { ParetoError } from '../../errors';
import type { ByteSource } from '../byte-source';
import { ByteCursor } from './byte-cursor';
import { GrowingBuffer } from './growing-buffer';
import { PayloadCollector, type TensorPayload } from './tensor-payload';
import { tensorPayloadFields, wireSchema, type FieldKind, type MessageName, type Payload } from './wire-schema';

export interface ScannedModel {
  readonly skeleton: Uint8Array;
  /** Payloads by the index in the skeleton's `raw_data`. */
  readonly payloads: readonly TensorPayload[];
}

/** protobuf's own limit in C++, which ONNX Runtime uses: a file beyond it opens nowhere. */
const maxDepth = 100;
/** Bounds for hostile files; real models have a few MB of structure and tens of thousands of messages. */
const maxSkeletonBytes = 2 ** 28;
const maxMessages = 2 ** 22;

const wireType = { varint: 0, fixed64: 1, delimited: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Scans a whole model. Throws a ParetoError (`format/…`) for anything that is not a well-formed ONNX file. */
export function scanModel(source: ByteSource): ScannedModel {
  return new Scanner(source).scan();
}

class Scanner {
  readonly #cursor: ByteCursor;
  readonly #skeleton = new GrowingBuffer(1 << 16);
  readonly #payloads: TensorPayload[] = [];
  #messages = 0;

  constructor(source: ByteSource) {
    this.#cursor = new ByteCursor(source);
  }

  scan(): ScannedModel {
    this.#message('Model', this.#cursor.sizeBytes, 1);
    return { skeleton: this.#skeleton.finish(), payloads: this.#payloads };
  }

  #message(name: MessageName, end: number, depth: number): void {
    if (depth > maxDepth) throw tooDeep();
    if (++this.#messages > maxMessages) throw new ParetoError('format/too-large', tooLarge);
    const schema = wireSchema[name];
    const payload = name === 'Tensor' ? new PayloadCollector() : undefined;
    let single: Set<number> | undefined;
    while (this.#cursor.position < end) {
      const start = this.#cursor.position;
      const tag = this.#cursor.varint();
      const field = Math.floor(tag / 8);
      if (field < 1 || field > 0x1fffffff) throw this.#damaged(start, name, 'has an invalid field number');
      const kind = schema.get(field);
      if (kind === undefined) this.#unknown(start, tag, end, depth);
      else if (typeof kind === 'object' || isMessage(kind)) {
        if (typeof kind === 'string') {
          // protobuf would merge a second occurrence; no tool writes one, and onnx-proto would drop the first.
          if (single?.has(field)) throw this.#damaged(start, name, `has field ${field} twice`);
          (single ??= new Set()).add(field);
        }
        this.#child(typeof kind === 'string' ? kind : kind[0], start, tag, end, depth);
      } else this.#scalar(kind, start, tag, name, end, payload);
      if (this.#skeleton.length > maxSkeletonBytes) throw new ParetoError('format/too-large', tooLarge);
    }
    if (this.#cursor.position > end) throw this.#damaged(end, name, 'has a value that extends beyond its end');
    if (payload && !payload.isEmpty) this.#placeholder(payload);
  }

  #child(name: MessageName, start: number, tag: number, end: number, depth: number): void {
    if (tag % 8 !== wireType.delimited) throw this.#damaged(start, name, 'is not stored as a message');
    const childEnd = this.#lengthEnd(start, end);
    this.#skeleton.appendVarint(tag);
    const at = this.#skeleton.reserveLength();
    this.#message(name, childEnd, depth + 1);
    this.#skeleton.patchLength(at);
  }

  #scalar(
    kind: FieldKind,
    start: number,
    tag: number,
    name: MessageName,
    end: number,
    payload: PayloadCollector | undefined,
  ): void {
    const type = tag % 8;
    if (!allowedWireTypes(kind).includes(type))
      throw this.#damaged(start, name, `has field ${Math.floor(tag / 8)} in a wrong form`);
    if (payload && isPayload(kind)) {
      if (type === wireType.delimited) {
        const valueEnd = this.#lengthEnd(start, end);
        payload.take(kind, type, this.#cursor, valueEnd);
      } else {
        const valueStart = this.#cursor.position;
        this.#skip(type, start, end, 0);
        const valueEnd = this.#cursor.position;
        this.#cursor.position = valueStart;
        payload.take(kind, type, this.#cursor, valueEnd);
      }
      return;
    }
    const valueStart = this.#cursor.position;
    if (type === wireType.delimited && (kind === 'varints' || kind === 'floats')) this.#checkPacked(kind, start, end);
    this.#cursor.position = valueStart;
    this.#skip(type, start, end, 0);
    this.#copy(start, this.#cursor.position);
  }

  /** A packed list must end exactly where its last number does, or onnx-proto would read on into the next field. */
  #checkPacked(kind: 'varints' | 'floats', start: number, end: number): void {
    const valueEnd = this.#lengthEnd(start, end);
    if (kind === 'floats') {
      if ((valueEnd - this.#cursor.position) % 4 !== 0)
        throw this.#damaged(start, 'Attribute', 'has a broken list of floats');
      return;
    }
    while (this.#cursor.position < valueEnd) this.#cursor.varint();
    if (this.#cursor.position !== valueEnd) throw this.#damaged(start, 'Attribute', 'has a broken list of numbers');
  }

  #unknown(start: number, tag: number, end: number, depth: number): void {
    this.#skip(tag % 8, start, end, depth, Math.floor(tag / 8));
    this.#copy(start, this.#cursor.position);
  }

  /** Moves behind a value whose tag was read. */
  #skip(type: number, start: number, end: number, depth: number, field = 0): void {
    const cursor = this.#cursor;
    if (type === wireType.varint) cursor.varint();
    else if (type === wireType.fixed64) cursor.position += 8;
    else if (type === wireType.fixed32) cursor.position += 4;
    else if (type === wireType.delimited) cursor.position = this.#lengthEnd(start, end);
    else if (type === wireType.startGroup) this.#skipGroup(start, end, depth + 1, field);
    else throw this.#damaged(start, undefined, 'has an invalid wire type');
    if (cursor.position > end) throw this.#damaged(start, undefined, 'extends beyond its end');
  }

  #skipGroup(start: number, end: number, depth: number, field: number): void {
    if (depth > maxDepth) throw tooDeep();
    while (this.#cursor.position < end) {
      const tag = this.#cursor.varint();
      const inner = Math.floor(tag / 8);
      if (tag % 8 === wireType.endGroup) {
        if (inner !== field) break;
        return;
      }
      this.#skip(tag % 8, start, end, depth, inner);
    }
    throw this.#damaged(start, undefined, 'has a group without an end');
  }

  #lengthEnd(start: number, end: number): number {
    const length = this.#cursor.varint();
    const valueEnd = this.#cursor.position + length;
    if (valueEnd <= end) return valueEnd;
    if (end === this.#cursor.sizeBytes) {
      throw new ParetoError(
        'format/truncated',
        `The model file is incomplete: a part that starts at byte ${start} needs ${valueEnd} bytes, the file has ${end}. ` +
          'Download or copy it again.',
      );
    }
    throw this.#damaged(start, undefined, 'is longer than the part that contains it');
  }

  #copy(start: number, end: number): void {
    if (end - start + this.#skeleton.length > maxSkeletonBytes) throw new ParetoError('format/too-large', tooLarge);
    this.#cursor.position = start;
    this.#skeleton.append(this.#cursor.take(end));
  }

  #placeholder(payload: PayloadCollector): void {
    const index = this.#payloads.push(payload.finish()) - 1;
    this.#skeleton.appendVarint(tensorPayloadFields.rawData * 8 + wireType.delimited);
    this.#skeleton.appendVarint(4);
    this.#skeleton.append(new Uint8Array(Uint32Array.of(index).buffer));
  }

  #damaged(position: number, name: MessageName | undefined, what: string): ParetoError {
    return new ParetoError(
      'format/damaged',
      `This is not a valid ONNX file: at byte ${position}, ${name ? `a ${name}` : 'a value'} ${what}. ` +
        'It is damaged or in another format.',
    );
  }
}

const tooLarge =
  'The structure of this file (without weights) is larger than in any real model. It is damaged, or its weights are not stored as tensors.';

function tooDeep(): ParetoError {
  return new ParetoError(
    'format/too-deep',
    `The file nests more than ${maxDepth} levels deep. No runtime loads such a model.`,
  );
}

function isMessage(kind: FieldKind): kind is MessageName {
  return typeof kind === 'string' && Object.hasOwn(wireSchema, kind);
}

function isPayload(kind: FieldKind): kind is Payload {
  return typeof kind === 'string' && Object.hasOwn(tensorPayloadFields, kind);
}

function allowedWireTypes(kind: FieldKind): readonly number[] {
  switch (kind) {
    case 'varint':
      return [wireType.varint];
    case 'fixed32':
      return [wireType.fixed32];
    case 'varints':
    case 'int32Data':
    case 'int64Data':
    case 'uint64Data':
      return [wireType.varint, wireType.delimited];
    case 'floats':
    case 'floatData':
      return [wireType.fixed32, wireType.delimited];
    case 'doubleData':
      return [wireType.fixed64, wireType.delimited];
    default:
      return [wireType.delimited];
  }
}
