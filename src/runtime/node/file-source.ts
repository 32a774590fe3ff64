/** A file of the disk as a ByteSource, for the command line and tests. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SourceReadError, type ByteSource } from '../../engine/onnx/byte-source';

/** An open file, shared by all windows on it. */
class OpenFile {
  readonly path: string;
  readonly descriptor: number;
  readonly sizeBytes: number;

  constructor(path: string) {
    this.path = path;
    this.descriptor = openSync(path, 'r');
    this.sizeBytes = fstatSync(this.descriptor).size;
  }
}

/** Reads with `readSync`, only what is asked for. The file stays open until `close` or the end of the process. */
export class FileSource implements ByteSource {
  readonly #file: OpenFile;
  readonly #start: number;
  readonly #end: number;

  /** Throws the system's error (`ENOENT`, `EACCES`) when the file cannot be opened. */
  static open(path: string): FileSource {
    const file = new OpenFile(path);
    return new FileSource(file, 0, file.sizeBytes);
  }

  private constructor(file: OpenFile, start: number, end: number) {
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
    return new FileSource(this.#file, this.#start + start, Math.min(this.#start + end, this.#end));
  }

  /** Closes the file for every window on it. */
  close(): void {
    closeSync(this.#file.descriptor);
  }

  #fill(bytes: Uint8Array, from: number): void {
    let done = 0;
    while (done < bytes.length) {
      const count = this.#readSome(bytes, done, from + done);
      if (count === 0) throw new SourceReadError(this.#file.path);
      done += count;
    }
  }

  /** One read call takes at most 2 GB. */
  #readSome(bytes: Uint8Array, offset: number, position: number): number {
    try {
      return readSync(this.#file.descriptor, bytes, offset, Math.min(bytes.length - offset, 1 << 30), position);
    } catch (error) {
      throw new SourceReadError(this.#file.path, { cause: error });
    }
  }
}
