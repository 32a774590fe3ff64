import { ParetoError } from '../../errors';
import type { DataFile } from '../dataset';

const usualBytes = 1 << 18;
const largestRowBytes = 1 << 24;

/** The part of a text that is searched for rows. It moves forwards, and grows if a row does not fit. */
export class RowWindow {
  bytes: Uint8Array = new Uint8Array(0);
  /** The offset of the first byte in the file. */
  start: number;
  readonly #file: DataFile;

  constructor(file: DataFile, start: number) {
    this.#file = file;
    this.start = start;
  }

  get endsWithFile(): boolean {
    return this.start + this.bytes.length >= this.#file.source.sizeBytes;
  }

  /**
   * Fills the window from `offset` on, at which the row `what` starts. If it already started there, it grows. It throws `tooLong` for more
   * than 16 MB, and `data/damaged` for a file that is shorter than it says.
   */
  fill(offset: number, what: string, tooLong: () => ParetoError): void {
    const { path, source } = this.#file;
    const isStart = this.start === offset && this.bytes.length > 0;
    const bytes = isStart ? this.bytes.length * 2 : usualBytes;
    if (bytes > largestRowBytes * 2) throw tooLong();
    this.start = offset;
    this.bytes = source.read(offset, Math.min(offset + bytes, source.sizeBytes));
    // A source that gives fewer bytes than it claims would make this run endlessly.
    if (this.bytes.length === 0) throw new ParetoError('data/damaged', `"${path}" ends within ${what}. Copy it again.`);
  }
}
