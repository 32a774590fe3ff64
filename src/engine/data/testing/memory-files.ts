/** Data files in memory, for tests. */
import { ParetoError, isParetoError } from '../../errors';
import { MemorySource, type ByteSource } from '../../onnx/byte-source';
import { startCpuClock } from '../../testing/cpu-clock';
import type { DataFile, PictureDecoder, ReadContext } from '../dataset';

export function memoryFile(path: string, bytes: Uint8Array): DataFile {
  return { path, source: new MemorySource(bytes) };
}

export const quietContext: ReadContext = {
  signal: new AbortController().signal,
  checkpoint: () => Promise.resolve(),
};

/** A source that counts what is read from it, and how much of that at once. */
export class CountingSource implements ByteSource {
  readonly #bytes: Uint8Array;
  readonly #counts: { readBytes: number; largestReadBytes: number };

  constructor(bytes: Uint8Array, counts = { readBytes: 0, largestReadBytes: 0 }) {
    this.#bytes = bytes;
    this.#counts = counts;
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  get readBytes(): number {
    return this.#counts.readBytes;
  }

  get largestReadBytes(): number {
    return this.#counts.largestReadBytes;
  }

  read(start = 0, end = this.#bytes.length): Uint8Array {
    const bytes = this.#bytes.subarray(start, end);
    this.#counts.readBytes += bytes.length;
    this.#counts.largestReadBytes = Math.max(this.#counts.largestReadBytes, bytes.length);
    return bytes;
  }

  slice(start: number, end: number): ByteSource {
    return new CountingSource(this.#bytes.subarray(start, end), this.#counts);
  }
}

/** The sentence with which work is refused, `null` when it is done. Throws for an error that is not meant for people. */
export async function answerOf(work: () => Promise<unknown>): Promise<string | null> {
  const spentMs = startCpuClock();
  const answer = await work().then(() => null, sentenceOf);
  const ms = spentMs();
  if (ms > 3000) throw new Error(`An answer took ${ms} ms.`);
  return answer;
}

function sentenceOf(error: unknown): string {
  if (!isParetoError(error)) throw error;
  if (!/^["A-Z].*[.?]$/s.test(error.message)) throw new Error(`Not a sentence: ${error.message}`, { cause: error });
  return error.message;
}

/** A decoder for data without JPEG and WebP. */
export const noDecoder: PictureDecoder = {
  decode: (format) => Promise.reject(new ParetoError('data/picture-unknown', `No ${format} is expected here.`)),
};
