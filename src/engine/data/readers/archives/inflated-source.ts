/**
 * Deflated content as a ByteSource. It is inflated forwards, window by window, as far as it is read. A read before the
 * window starts again from the beginning. Content of any size therefore takes a few hundred kilobytes of memory.
 */
import { Inflate } from 'fflate';
import { ParetoError } from '../../../errors';
import type { ByteSource } from '../../../onnx/byte-source';
import type { ReadContext } from '../../dataset';
import { crc32 } from '../../../files/crc32';

/** A source whose bytes must be brought about in order: to jump is not free, and two readers need a stream each. */
export interface StreamedSource extends ByteSource {
  /** The same bytes through a stream of its own, for a reader that must not disturb others. */
  reopened(): ByteSource;
  /** Returns the source of the fingerprint: the same bytes, or the stored ones if they unpack to far more than they are. */
  fingerprinted(): ByteSource;
  /** Moves on (or back) to `position` in short pieces of work, so that the next `read` there is quick. */
  seek(position: number, context: ReadContext): Promise<void>;
}

export interface DeflatedContent {
  readonly compressed: ByteSource;
  readonly sizeBytes: number;
  readonly crc32: number;
  /** The title for sentences: `"a.npy" in "data.npz"`. */
  readonly title: string;
}

/** Deflate cannot compress more than by this factor, so a larger stated size is false. */
export const largestDeflateRatio = 1032;
/** Data that is data shrinks less, and what does not tell files apart as well unpacked as packed. */
const largestHashedRatio = 100;
/** Bytes that are inflated at once, if this part is compressed like the whole. Otherwise it can be more, but never more than 32 MB. */
const windowBytes = 1 << 18;
const smallestCompressedWindowBytes = 1 << 9;
const largestCompressedWindowBytes = 1 << 15;
/** Inflating this much takes about 30 ms. */
const pieceBytes = 1 << 22;
/** The most bytes of one read. */
const largestReadBytes = 2 ** 30;

export class InflatedSource implements StreamedSource {
  readonly #content: DeflatedContent;
  readonly #start: number;
  readonly #end: number;
  #stream: InflateStream;

  constructor(content: DeflatedContent, start = 0, end = content.sizeBytes, stream = new InflateStream(content)) {
    this.#content = content;
    this.#start = start;
    this.#end = end;
    this.#stream = stream;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const from = this.#start + clamp(start, this.sizeBytes);
    const to = Math.max(from, this.#start + clamp(end, this.sizeBytes));
    if (to - from > largestReadBytes) {
      throw new ParetoError('data/too-large', `${this.#content.title} is too large to read at once. Unpack it first.`);
    }
    return this.#streamBefore(from).read(from, to);
  }

  slice(start: number, end: number): ByteSource {
    const from = this.#start + clamp(start, this.sizeBytes);
    const to = Math.max(from, this.#start + clamp(end, this.sizeBytes));
    return new InflatedSource(this.#content, from, to, this.#stream);
  }

  reopened(): ByteSource {
    return new InflatedSource(this.#content, this.#start, this.#end);
  }

  fingerprinted(): ByteSource {
    const { compressed, sizeBytes } = this.#content;
    return sizeBytes > compressed.sizeBytes * largestHashedRatio ? compressed : this.reopened();
  }

  async seek(position: number, context: ReadContext): Promise<void> {
    const target = this.#start + clamp(position, this.sizeBytes);
    const stream = this.#streamBefore(target);
    while (stream.windowEnd < target) {
      stream.advance(Math.min(target, stream.windowEnd + pieceBytes));
      await context.checkpoint();
    }
  }

  #streamBefore(position: number): InflateStream {
    if (position < this.#stream.windowStart) this.#stream = new InflateStream(this.#content);
    return this.#stream;
  }
}

/** Goes through the content once, from its start. */
class InflateStream {
  readonly #content: DeflatedContent;
  /** Made by the first read: it takes 32 kB, and a zip may list any number of files that are opened but not read yet. */
  #inflate: Inflate | undefined;
  #window: Uint8Array = new Uint8Array(0);
  #arrived: Uint8Array = new Uint8Array(0);
  readonly #compressedWindowBytes: number;
  #compressedPosition = 0;
  #checksum = 0;
  windowStart = 0;

  constructor(content: DeflatedContent) {
    this.#content = content;
    const typicalBytes = (windowBytes * content.compressed.sizeBytes) / Math.max(1, content.sizeBytes);
    this.#compressedWindowBytes = Math.ceil(
      Math.min(Math.max(typicalBytes, smallestCompressedWindowBytes), largestCompressedWindowBytes),
    );
  }

  get windowEnd(): number {
    return this.windowStart + this.#window.length;
  }

  read(start: number, end: number): Uint8Array {
    const target = new Uint8Array(end - start);
    let position = start;
    while (position < end) {
      if (position >= this.windowEnd) {
        this.advance(position + 1);
        continue;
      }
      const from = position - this.windowStart;
      const part = this.#window.subarray(from, from + end - position);
      target.set(part, position - start);
      position += part.length;
    }
    return target;
  }

  /** Moves the window on until it holds the byte before `position`. */
  advance(position: number): void {
    while (this.windowEnd < position) this.#next();
  }

  #next(): void {
    const { compressed, sizeBytes, title } = this.#content;
    const from = this.#compressedPosition;
    const to = Math.min(from + this.#compressedWindowBytes, compressed.sizeBytes);
    if (from >= to) throw damaged(title, `it ends after ${this.windowEnd} of ${sizeBytes} bytes`);
    const input = compressed.read(from, to);
    if (input.length !== to - from) throw damaged(title, 'the file is cut short');
    this.#compressedPosition = to;
    // Called once in each push.
    this.#inflate ??= new Inflate((bytes) => void (this.#arrived = bytes));
    try {
      // The piece is never marked as the last one: the known size tells whether enough came.
      this.#inflate.push(input, false);
    } catch (error) {
      throw damaged(title, `it cannot be decompressed after ${this.windowEnd} bytes`, error);
    }
    this.windowStart = this.windowEnd;
    this.#window = this.#arrived;
    this.#check();
  }

  #check(): void {
    const { sizeBytes, title } = this.#content;
    if (this.windowEnd > sizeBytes) throw damaged(title, `it contains more than the declared ${sizeBytes} bytes`);
    this.#checksum = crc32(this.#window, this.#checksum);
    if (this.windowEnd === sizeBytes && this.#checksum !== this.#content.crc32) {
      throw damaged(title, 'its checksum does not match its content');
    }
  }
}

/** The source through its own stream if it is streamed, otherwise the source itself. */
export function reopenedSource(source: ByteSource): ByteSource {
  return isStreamed(source) ? source.reopened() : source;
}

/** Returns the source from which a fingerprint is computed. */
export function fingerprintedSource(source: ByteSource): ByteSource {
  return isStreamed(source) ? source.fingerprinted() : source;
}

/** Brings a streamed source to `position` without blocking for long; nothing for others. */
export async function seekSource(source: ByteSource, position: number, context: ReadContext): Promise<void> {
  if (isStreamed(source)) await source.seek(position, context);
}

function isStreamed(source: ByteSource): source is StreamedSource {
  return 'reopened' in source && 'seek' in source;
}

function clamp(position: number, sizeBytes: number): number {
  return Math.min(Math.max(0, position), sizeBytes);
}

/** `title`: as in `DeflatedContent`. */
export function damaged(title: string, what: string, cause?: unknown): ParetoError {
  return new ParetoError('data/damaged', `${title} is damaged: ${what}. Download or copy it again.`, { cause });
}
