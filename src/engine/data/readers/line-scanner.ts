/** Lines of a text, found in its bytes window by window, so that a file of any size can be entered anywhere. */
import { ParetoError } from '../../errors';
import type { DataFile } from '../dataset';
import type { RowPlace } from './csv-tokenizer';
import { decodeText } from './decode-text';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const windowBytes = 1 << 18;
const largestLineBytes = 1 << 24;

export class LineScanner {
  readonly #file: DataFile;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart: number;
  #next: RowPlace;
  #line: RowPlace;
  #end = 0;

  constructor(file: DataFile, place: RowPlace) {
    this.#file = file;
    this.#next = place;
    this.#line = place;
    this.#windowStart = place.offset;
  }

  /** Where the current line starts. */
  get place(): RowPlace {
    return this.#line;
  }

  get text(): string {
    return decodeText(this.#window.subarray(this.#line.offset - this.#windowStart, this.#end));
  }

  /** Moves to the next line that is not empty; false at the end of the file. */
  nextLine(): boolean {
    const { sizeBytes } = this.#file.source;
    for (;;) {
      this.#line = this.#next;
      const { offset, line } = this.#line;
      if (offset >= sizeBytes) return false;
      const start = offset - this.#windowStart;
      const found = this.#window.indexOf(lineFeed, start);
      const isLast = this.#windowStart + this.#window.length >= sizeBytes;
      if (found < 0 && !(isLast && start < this.#window.length)) {
        this.#fill();
        continue;
      }
      const end = found < 0 ? this.#window.length : found;
      this.#next = { offset: this.#windowStart + end + 1, line: line + 1 };
      this.#end = end > start && this.#window[end - 1] === carriageReturn ? end - 1 : end;
      if (this.#end > start) return true;
    }
  }

  /** The window from the start of the line on, larger than before where it already starts there. */
  #fill(): void {
    const { offset, line } = this.#line;
    const isStart = this.#windowStart === offset && this.#window.length > 0;
    const bytes = isStart ? this.#window.length * 2 : windowBytes;
    if (bytes > largestLineBytes * 2) {
      throw new ParetoError(
        'data/lines',
        `In "${this.#file.path}", line ${line} is longer than 16 MB. Give each sample a line of its own.`,
      );
    }
    this.#windowStart = offset;
    this.#window = this.#file.source.read(offset, Math.min(offset + bytes, this.#file.source.sizeBytes));
    // A source that gives less than it says would make this go on for ever.
    if (this.#window.length === 0) {
      throw new ParetoError('data/damaged', `"${this.#file.path}" ends within line ${line}. Copy it again.`);
    }
  }
}

/** Where the text starts: behind a byte order mark. */
export function firstLine({ source }: DataFile): RowPlace {
  const start = source.read(0, Math.min(3, source.sizeBytes));
  const hasMark = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf;
  return { offset: hasMark ? 3 : 0, line: 1 };
}
