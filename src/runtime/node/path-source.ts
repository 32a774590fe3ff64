import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { SourceReadError, type ByteSource } from '../../engine/onnx/byte-source';

/**
 * A file of the disk that is open only while it is read: for folders with more files than a process may keep open. A file
 * whose size changed is refused, since its windows would not fit it any more.
 */
export class PathSource implements ByteSource {
  readonly #path: string;
  readonly #fileBytes: number;
  readonly #start: number;
  readonly #end: number;

  /** Throws the system's error (`ENOENT`, `EACCES`) when the file cannot be looked at. */
  static of(path: string): PathSource {
    const { size } = statSync(path);
    return new PathSource(path, size, 0, size);
  }

  private constructor(path: string, fileBytes: number, start: number, end: number) {
    this.#path = path;
    this.#fileBytes = fileBytes;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const from = this.#start + start;
    const bytes = new Uint8Array(
      Buffer.allocUnsafeSlow(Math.max(0, Math.min(this.#start + end, this.#end) - from)).buffer,
    );
    this.#fill(bytes, from);
    return bytes;
  }

  readInto(target: Uint8Array, start = 0): void {
    this.#fill(target, this.#start + start);
  }

  slice(start: number, end: number): ByteSource {
    return new PathSource(this.#path, this.#fileBytes, this.#start + start, Math.min(this.#start + end, this.#end));
  }

  #fill(bytes: Uint8Array, from: number): void {
    if (bytes.length === 0) return;
    let descriptor: number | undefined;
    try {
      if (statSync(this.#path).size !== this.#fileBytes) throw new Error('another size than when it was opened');
      descriptor = openSync(this.#path, 'r');
      for (let done = 0; done < bytes.length;) {
        const count = readSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30), from + done);
        if (count === 0) throw new Error('shorter than when it was opened');
        done += count;
      }
    } catch (error) {
      throw new SourceReadError(this.#path, { cause: error });
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}
