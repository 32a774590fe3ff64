/** Text in UTF-16, as spreadsheet programs save “Unicode text”, read as if it were UTF-8. */
import type { ByteSource } from '../../onnx/byte-source';
import type { DataFile, ReadContext } from '../dataset';
import { reopenedSource } from './archives/inflated-source';

type Encoding = 'utf-16le' | 'utf-16be';

/** Decoded at once: a few of these are in memory, whatever the size of the file. Even. */
const blockBytes = 1 << 16;
/** Decoding this many blocks takes about 30 ms. */
const blocksPerPiece = 64;
/** Bytes at the start in which zeros show that a text without a byte order mark is UTF-16. */
const startBytes = 512;

/**
 * Converts a file from UTF-16 to UTF-8 without a byte order mark. UTF-16 is recognized by its mark, or by a zero in
 * each character of its start. Other files are returned unchanged. Reads the text once and keeps one number for each 64
 * kB. Half of a surrogate pair becomes U+FFFD.
 */
export async function openUtf16(file: DataFile, context: ReadContext): Promise<DataFile> {
  const start = file.source.read(0, Math.min(startBytes, file.source.sizeBytes));
  const marked = markedEncoding(start);
  const encoding = marked ?? likelyEncoding(start);
  if (encoding === null) return file;
  const text = new Utf16Text(reopenedSource(file.source), encoding, marked === null ? 0 : 2);
  const blockStarts = [0];
  for (let block = 0; block < text.blockCount; block++) {
    if (block % blocksPerPiece === 0) await context.checkpoint();
    blockStarts.push(blockStarts[block]! + text.decode(block).length);
  }
  return { path: file.path, source: new Utf16Source(text, blockStarts) };
}

function markedEncoding([first, second]: Uint8Array): Encoding | null {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : null;
}

function likelyEncoding(start: Uint8Array): Encoding | null {
  const units = Math.floor(start.length / 2);
  const zerosAt = (offset: number): number => {
    let count = 0;
    for (let unit = 0; unit < units; unit++) if (start[2 * unit + offset] === 0) count++;
    return count;
  };
  const [even, odd] = [zerosAt(0), zerosAt(1)];
  if (units > 0 && even === 0 && odd >= 0.75 * units) return 'utf-16le';
  return units > 0 && odd === 0 && even >= 0.75 * units ? 'utf-16be' : null;
}

/** Blocks of the text in UTF-8. A block that would end between two halves of a character starts or ends one unit earlier. */
class Utf16Text {
  readonly #source: ByteSource;
  readonly #encoding: Encoding;
  readonly #start: number;
  readonly blockCount: number;

  constructor(source: ByteSource, encoding: Encoding, start: number) {
    this.#source = source;
    this.#encoding = encoding;
    this.#start = start;
    this.blockCount = Math.ceil((source.sizeBytes - start) / blockBytes);
  }

  decode(block: number): Uint8Array {
    const from = this.#boundary(block);
    const to = this.#boundary(block + 1);
    const text = new TextDecoder(this.#encoding, { ignoreBOM: true }).decode(this.#source.read(from, to));
    return new TextEncoder().encode(text);
  }

  #boundary(block: number): number {
    const { sizeBytes } = this.#source;
    const at = this.#start + block * blockBytes;
    if (block === 0 || at >= sizeBytes) return Math.min(at, sizeBytes);
    const before = this.#source.read(at - 2, at);
    const highByte = before[this.#encoding === 'utf-16le' ? 1 : 0]!;
    return (highByte & 0xfc) === 0xd8 ? at - 2 : at;
  }
}

class Utf16Source implements ByteSource {
  readonly #text: Utf16Text;
  /** The offset of each block in UTF-8, and the end of the last one. */
  readonly #blockStarts: readonly number[];
  readonly #start: number;
  readonly #end: number;
  #kept: { readonly block: number; readonly bytes: Uint8Array } | undefined;

  constructor(text: Utf16Text, blockStarts: readonly number[], start = 0, end = blockStarts.at(-1)!) {
    this.#text = text;
    this.#blockStarts = blockStarts;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const [from, to] = this.#range(start, end);
    const target = new Uint8Array(to - from);
    for (let block = this.#blockAt(from); block < this.#text.blockCount; block++) {
      const blockStart = this.#blockStarts[block]!;
      if (blockStart >= to) break;
      const bytes = this.#decode(block).subarray(Math.max(0, from - blockStart), to - blockStart);
      target.set(bytes, Math.max(0, blockStart - from));
    }
    return target;
  }

  slice(start: number, end: number): ByteSource {
    return new Utf16Source(this.#text, this.#blockStarts, ...this.#range(start, end));
  }

  #range(start: number, end: number): readonly [number, number] {
    const from = this.#start + Math.min(Math.max(0, start), this.sizeBytes);
    return [from, Math.max(from, this.#start + Math.min(end, this.sizeBytes))];
  }

  /** The last block that starts at or before `position`. */
  #blockAt(position: number): number {
    let [low, high] = [0, this.#text.blockCount];
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (this.#blockStarts[middle]! <= position) low = middle;
      else high = middle;
    }
    return low;
  }

  #decode(block: number): Uint8Array {
    if (this.#kept?.block !== block) this.#kept = { block, bytes: this.#text.decode(block) };
    return this.#kept.bytes;
  }
}
