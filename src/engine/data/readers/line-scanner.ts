/** Lines of a text, found in its bytes window by window, so that a file of any size can be entered anywhere. */
import { ParetoError } from '../../errors';
import type { DataFile } from '../dataset';
import { decodeText } from './decode-text';
import type { RowPlace, RowScanner } from './row-places';
import { RowWindow } from './row-window';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

export class LineScanner implements RowScanner {
  readonly #file: DataFile;
  readonly #window: RowWindow;
  #next: RowPlace;
  #line: RowPlace;
  #end = 0;

  constructor(file: DataFile, place: RowPlace) {
    this.#file = file;
    this.#next = place;
    this.#line = place;
    this.#window = new RowWindow(file, place.offset);
  }

  get place(): RowPlace {
    return this.#line;
  }

  get text(): string {
    return decodeText(this.#window.bytes.subarray(this.#line.offset - this.#window.start, this.#end));
  }

  nextRow(): boolean {
    for (;;) {
      this.#line = this.#next;
      const { offset, line } = this.#line;
      if (offset >= this.#file.source.sizeBytes) return false;
      const { bytes, start: windowStart, endsWithFile } = this.#window;
      const start = offset - windowStart;
      const found = bytes.indexOf(lineFeed, start);
      if (found < 0 && !(endsWithFile && start < bytes.length)) {
        this.#fill();
        continue;
      }
      const end = found < 0 ? bytes.length : found;
      this.#next = { offset: windowStart + end + 1, line: line + 1 };
      this.#end = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
      if (this.#end > start) return true;
    }
  }

  #fill(): void {
    const { offset, line } = this.#line;
    this.#window.fill(
      offset,
      `line ${line}`,
      () =>
        new ParetoError(
          'data/lines',
          `In "${this.#file.path}", line ${line} is longer than 16 MB. Write one sample per line.`,
        ),
    );
  }
}
