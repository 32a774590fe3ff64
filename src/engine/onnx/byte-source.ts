import { ParetoError } from '../errors';

/**
 * A source of bytes. A weight is either bytes in memory or a slice of a file that nobody has read yet; both look the same here. Reading is
 * synchronous: hosts implement it with `FileReaderSync` (a worker) or `fs.readSync` (Node). The engine itself only knows memory.
 */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Reading this many bytes takes hardly longer than reading one. Absent: the number is next to nothing. */
  readonly cheapReadBytes?: number;
  /**
   * Bytes `start` (inclusive) to `end` (exclusive). May return a view of shared memory: callers must not write to it.
   * Throws `SourceReadError` when the underlying file cannot be read (moved, changed, permission lost).
   */
  read(start?: number, end?: number): Uint8Array;
  /** Fills `target` with the bytes from `start` on, if reading into the caller's memory is cheaper than `read`. */
  readInto?(target: Uint8Array, start?: number): void;
  /**
   * Computes all bytes piece by piece, for sources that can only compute them all together and would do so at the first read. It is worth a
   * call before such a source is read from start to end. Rejects when `checkpoint` does.
   */
  prepare?(checkpoint: () => Promise<void>): Promise<void>;
  /** A narrower window of the same bytes. Reads nothing. */
  slice(start: number, end: number): ByteSource;
}

/** Bytes that are already in memory. */
export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get sizeBytes(): number {
    return this.#bytes.byteLength;
  }

  read(start = 0, end = this.#bytes.byteLength): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  slice(start: number, end: number): ByteSource {
    return new MemorySource(this.#bytes.subarray(start, end));
  }
}

/** Bytes that are computed whenever they are read. */
export class ComputedSource implements ByteSource {
  readonly #compute: (start: number, end: number) => Uint8Array;
  readonly #start: number;
  readonly #end: number;

  /** @param compute the bytes of the whole from `start` to before `end`, neither of which is beyond it. */
  constructor(compute: (start: number, end: number) => Uint8Array, start: number, end: number) {
    this.#compute = compute;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    return this.#compute(this.#start + start, Math.min(this.#start + end, this.#end));
  }

  slice(start: number, end: number): ByteSource {
    return new ComputedSource(this.#compute, this.#start + start, Math.min(this.#start + end, this.#end));
  }
}

/** The file behind a source cannot be read any more: it was moved, changed or deleted, or the permission to read it ended. */
export class SourceReadError extends ParetoError {
  constructor(fileName: string, options?: ErrorOptions) {
    super(
      'source/unreadable',
      `The file "${fileName}" can no longer be read. It was moved, changed or deleted since you opened it: open it again.`,
      options,
    );
  }
}
