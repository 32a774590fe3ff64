/** Reads the little-endian values of a GGUF header in order. */
import { ParetoError } from '../errors';
import type { ByteSource } from '../onnx/byte-source';
import { readExactly } from '../onnx/codec/byte-cursor';

const windowBytes = 1 << 18;
/** Vocabularies and chat templates of real files take up to 20 MB. */
const largestHeaderBytes = 1 << 27;
const longestString = 1 << 24;

/** A byte order mark is part of some tokens. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Throws `format/gguf-damaged` if the file ends within a value, and `format/gguf-too-large` for a header of more than
 * 128 MB.
 */
export class HeaderCursor {
  readonly #source: ByteSource;
  #window = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));
  #windowStart = 0;
  position = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  uint8 = (): number => this.#number(1, (view, at) => view.getUint8(at));
  int8 = (): number => this.#number(1, (view, at) => view.getInt8(at));
  uint16 = (): number => this.#number(2, (view, at) => view.getUint16(at, true));
  int16 = (): number => this.#number(2, (view, at) => view.getInt16(at, true));
  uint32 = (): number => this.#number(4, (view, at) => view.getUint32(at, true));
  int32 = (): number => this.#number(4, (view, at) => view.getInt32(at, true));
  float32 = (): number => this.#number(4, (view, at) => view.getFloat32(at, true));
  float64 = (): number => this.#number(8, (view, at) => view.getFloat64(at, true));
  /** Integers beyond 2⁵³ lose their low digits: no count and no size of a file is that large. */
  uint64 = (): number => this.#number(8, (view, at) => Number(view.getBigUint64(at, true)));
  int64 = (): number => this.#number(8, (view, at) => Number(view.getBigInt64(at, true)));

  #number(sizeBytes: number, read: (view: DataView, at: number) => number): number {
    // Moving may bring another window.
    const at = this.#move(sizeBytes);
    return read(this.#view, at);
  }

  /** A string with its length before it. */
  string = (): string => this.stringUpTo(longestString)!;

  /** A string with its length before it; `undefined` for one of more than `most` bytes, which is skipped. */
  stringUpTo(most: number): string | undefined {
    const length = this.uint64();
    if (length > longestString) throw damagedGguf(`a text has ${length} bytes`);
    if (length > most) return void this.skip(length);
    const start = this.#move(length);
    return utf8.decode(this.#window.subarray(start, start + length));
  }

  /** Moves behind `count` bytes without reading them. */
  skip(count: number): void {
    this.assertHolds(count);
    this.position += count;
  }

  /** Moves behind `count` bytes. Returns their place in the window. */
  #move(count: number): number {
    this.assertHolds(count);
    const start = this.position;
    const end = start + count;
    if (end > this.#windowStart + this.#window.length) this.#fill(start, Math.max(count, windowBytes));
    this.position = end;
    return start - this.#windowStart;
  }

  /** Throws if fewer than `count` bytes of a header can follow. */
  assertHolds(count: number): void {
    const end = this.position + count;
    if (end > this.#source.sizeBytes) throw damagedGguf('it ends within its header');
    if (end > largestHeaderBytes) {
      throw new ParetoError(
        'format/gguf-too-large',
        'The header of this GGUF file has more than 128 MB. It is damaged.',
      );
    }
  }

  #fill(start: number, count: number): void {
    const end = Math.min(start + count, this.#source.sizeBytes);
    // A copy of its own starts at the beginning of its memory.
    this.#window = new Uint8Array(readExactly(this.#source, start, end));
    this.#view = new DataView(this.#window.buffer);
    this.#windowStart = start;
  }
}

/** `what` continues "This GGUF file is damaged: …". */
export function damagedGguf(what: string): ParetoError {
  return new ParetoError('format/gguf-damaged', `This GGUF file is damaged: ${what}. Download or copy it again.`);
}

/** @param sentence names the unsupported part, and what to do. */
export function unsupportedGguf(sentence: string): ParetoError {
  return new ParetoError('format/gguf-unsupported', sentence);
}
