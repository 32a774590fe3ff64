/**
 * Reads a source through a window, so that a walk over a large file takes few, small reads. The window grows while the
 * walk continues without a gap. It is small again after a jump, because often only one tensor's header is read there. A
 * short jump, over bytes that are cheap to read, counts as no gap.
 */
import { ParetoError } from '../../errors';
import type { ByteSource } from '../byte-source';

const smallestWindowBytes = 1 << 9;
const largestWindowBytes = 1 << 18;

export class ByteCursor {
  readonly #source: ByteSource;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;
  #windowBytes = smallestWindowBytes;
  position = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  byte(): number {
    const offset = this.position - this.#windowStart;
    if (offset < 0 || offset >= this.#window.length) {
      this.#fill();
      return this.#window[this.position++ - this.#windowStart]!;
    }
    this.position++;
    return this.#window[offset]!;
  }

  /** A varint as a number. Throws for one longer than 10 bytes. Only the lower 53 bits are exact, which lengths and tags fit. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new ParetoError('format/damaged', `The number at byte ${this.position} is too long. The file is damaged.`);
  }

  /** A narrower window over `start` to `end`; reads nothing. */
  slice(start: number, end: number): ByteSource {
    return this.#source.slice(start, end);
  }

  /** The bytes from here to `end`, as a view that the next call may replace; the position moves to `end`. Give small ranges. */
  take(end: number): Uint8Array {
    const start = this.position;
    this.position = end;
    const offset = start - this.#windowStart;
    if (offset >= 0 && end - this.#windowStart <= this.#window.length) {
      return this.#window.subarray(offset, end - this.#windowStart);
    }
    return readExactly(this.#source, start, end);
  }

  #fill(): void {
    if (this.position >= this.#source.sizeBytes) throw truncated(this.position);
    const gapBytes = this.position - (this.#windowStart + this.#window.length);
    const sequential = gapBytes >= 0 && gapBytes <= (this.#source.cheapReadBytes ?? 0);
    this.#windowBytes = sequential ? Math.min(this.#windowBytes * 4, largestWindowBytes) : smallestWindowBytes;
    const end = Math.min(this.position + this.#windowBytes, this.#source.sizeBytes);
    this.#window = readExactly(this.#source, this.position, end);
    this.#windowStart = this.position;
  }
}

/** Reads a range and makes sure that the source gave all of it. */
export function readExactly(source: ByteSource, start: number, end: number): Uint8Array {
  const bytes = source.read(start, end);
  if (bytes.length !== end - start) throw truncated(start + bytes.length);
  return bytes;
}

function truncated(position: number): ParetoError {
  return new ParetoError(
    'format/truncated',
    `The model file ends at byte ${position}, in the middle of a value. It is incomplete: download or copy it again.`,
  );
}
