/** Inflates with the decompression of the platform, which works beside this thread and several times faster than JavaScript. */
import type { ByteSource } from '../../../onnx/byte-source';
import type { ReadContext } from '../../dataset';
import type { DeflatedContent } from './inflated-source';
import { crc32 } from '../../../files/crc32';

/** Of the compressed content, handed over at once. */
const compressedPieceBytes = 1 << 16;
/** Copying and summing so much takes about 10 ms. */
const pieceBytes = 1 << 22;

/** As every platform has it: the types of theirs differ. */
interface Reader {
  read(): Promise<{ readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** Goes through the content once, from its start. */
export class NativeInflate {
  readonly #content: DeflatedContent;
  readonly #reader: Reader;
  #window: Uint8Array = new Uint8Array(0);
  #checksum = 0;
  windowStart = 0;

  constructor(content: DeflatedContent) {
    this.#content = content;
    const { readable, writable } = new DecompressionStream('deflate-raw');
    this.#reader = readable.getReader();
    const writer = writable.getWriter();
    // Its errors arrive at the reader too, which is where they are thrown.
    write(content.compressed, writer).catch(() => writer.abort().catch(() => undefined));
  }

  /** False: whoever inflates does so in JavaScript. */
  static get isPossible(): boolean {
    return typeof DecompressionStream === 'function';
  }

  /** `from` is not before `windowStart`. Rejects where the content is damaged, and when the work is cancelled. */
  async read(from: number, to: number, context: ReadContext): Promise<Uint8Array> {
    const target = new Uint8Array(to - from);
    let position = from;
    let checkedAt = this.windowStart;
    for (;;) {
      const start = position - this.windowStart;
      const part = this.#window.subarray(Math.min(start, this.#window.length), start + to - position);
      target.set(part, position - from);
      position += part.length;
      if (position >= to) return target;
      await this.#next();
      if (this.windowStart - checkedAt < pieceBytes) continue;
      checkedAt = this.windowStart;
      await context.checkpoint();
    }
  }

  /** Nobody reads on. */
  close(): void {
    this.#reader.cancel().catch(() => undefined);
  }

  async #next(): Promise<void> {
    const { sizeBytes, crc32: expected } = this.#content;
    const { value } = await this.#reader.read();
    if (value === undefined) throw new Error('The content ends early.');
    this.windowStart += this.#window.length;
    this.#window = value;
    const windowEnd = this.windowStart + value.length;
    this.#checksum = crc32(value, this.#checksum);
    if (windowEnd > sizeBytes || (windowEnd === sizeBytes && this.#checksum !== expected))
      throw new Error('The content is not what was declared.');
  }
}

/** Piece by piece, each once the one before is inflated: waits while nobody reads. */
async function write(
  compressed: ByteSource,
  writer: ReturnType<DecompressionStream['writable']['getWriter']>,
): Promise<void> {
  for (let position = 0; position < compressed.sizeBytes;) {
    const piece = compressed.read(position, Math.min(position + compressedPieceBytes, compressed.sizeBytes));
    if (piece.length === 0) break;
    position += piece.length;
    await writer.write(piece as Uint8Array<ArrayBuffer>);
  }
  await writer.close();
}
