/** The common part of the ByteSources on files of the disk, however they keep the file open. */
import { readSync } from 'node:fs';
import { SourceReadError, type ByteSource } from '../../engine/onnx/byte-source';

/** One file, shared by all windows on it. */
export interface DiskFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Fills all of the bytes with those of the file from `position` on. Throws whatever keeps it from that. */
  fill(bytes: Uint8Array, position: number): void;
}

/** Reads only the requested bytes. Throws `SourceReadError` for what the file does not give any more. */
export class FileWindow implements ByteSource {
  readonly #file: DiskFile;
  readonly #start: number;
  readonly #end: number;

  constructor(file: DiskFile, start = 0, end = file.sizeBytes) {
    this.#file = file;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const from = this.#start + start;
    // Every byte is filled or an error thrown, so the memory need not be cleared; Slow: a buffer of its own.
    const sizeBytes = Math.max(0, Math.min(this.#start + end, this.#end) - from);
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
    this.#fill(bytes, from);
    return bytes;
  }

  readInto(target: Uint8Array, start = 0): void {
    this.#fill(target, this.#start + start);
  }

  slice(start: number, end: number): ByteSource {
    return new FileWindow(this.#file, this.#start + start, Math.min(this.#start + end, this.#end));
  }

  #fill(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    try {
      this.#file.fill(bytes, position);
    } catch (error) {
      throw new SourceReadError(this.#file.path, { cause: error });
    }
  }
}

/** Fills the bytes from an open file. Throws the system's error, and where the file ends early. */
export function fillFrom(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    // One read call takes at most 2 GB.
    const count = readSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30), position + done);
    if (count === 0) throw new Error('shorter than when it was opened');
    done += count;
  }
}
