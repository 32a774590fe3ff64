/**
 * Rows of a delimited text (RFC 4180), found in its bytes window by window. Reading can begin in the middle of a file,
 * and errors name lines, so each row needs its place in bytes and its line. papaparse 5.7 counts characters. csv-parse
 * 7.0 counts a line end of two characters within quotation marks as two lines. It takes seven times the CPU time for
 * numbers, because it makes a text of every cell. Delimiters are ASCII, so UTF-8 is decoded only when a cell is read.
 */
import { ParetoError } from '../../errors';
import type { DataFile } from '../dataset';
import { decodeText } from './decode-text';
import type { RowPlace, RowScanner } from './row-places';
import { RowWindow } from './row-window';

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

export class CsvTokenizer implements RowScanner {
  readonly #file: DataFile;
  readonly #delimiter: number;
  readonly #window: RowWindow;
  #next: RowPlace;
  #row: RowPlace;
  /** Start and end of each cell in the window; the start of a quoted one is inverted. */
  #cells = new Int32Array(64);
  #cellCount = 0;
  /** The window ended between quotation marks. */
  #endsInQuotes = false;

  constructor(file: DataFile, delimiter: string, place: RowPlace) {
    this.#file = file;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#next = place;
    this.#row = place;
    this.#window = new RowWindow(file, place.offset);
  }

  get place(): RowPlace {
    return this.#row;
  }

  get cellCount(): number {
    return this.#cellCount;
  }

  nextRow(): boolean {
    for (;;) {
      this.#row = this.#next;
      if (this.#row.offset >= this.#file.source.sizeBytes) return false;
      if (!this.#scan(this.#row.offset - this.#window.start)) {
        this.#fill();
        continue;
      }
      if (this.#cellCount > 1 || this.#isQuoted(0) || this.cellBytes(0).length > 0) return true;
    }
  }

  /** The bytes of a cell, without quotation marks around it. */
  cellBytes(cell: number): Uint8Array {
    const start = this.#cells[2 * cell]!;
    return this.#window.bytes.subarray(start < 0 ? ~start : start, this.#cells[2 * cell + 1]);
  }

  cellText(cell: number): string {
    const text = decodeText(this.cellBytes(cell));
    return this.#isQuoted(cell) ? text.replaceAll('""', '"') : text;
  }

  #isQuoted(cell: number): boolean {
    return this.#cells[2 * cell]! < 0;
  }

  #fill(): void {
    const { offset, line } = this.#row;
    this.#window.fill(
      offset,
      `a row at line ${line}`,
      () =>
        new ParetoError(
          'data/csv',
          `In "${this.#file.path}", the row at line ${line} is longer than 16 MB: ${
            this.#endsInQuotes
              ? 'a quotation mark there is not closed'
              : 'the file is not a table with one row per sample'
          }.`,
        ),
    );
  }

  /** Finds the cells of the row at `start` of the window; false when the window ends within it. */
  #scan(start: number): boolean {
    const window = this.#window.bytes;
    const size = window.length;
    const delimiter = this.#delimiter;
    const isLast = this.#window.endsWithFile;
    this.#cellCount = 0;
    this.#endsInQuotes = false;
    let { line } = this.#row;
    let at = start;
    for (;;) {
      const isQuoted = window[at] === quote;
      const cellStart = isQuoted ? at + 1 : at;
      let cellEnd = -1;
      if (isQuoted) {
        cellEnd = closingQuote(window, cellStart);
        if (cellEnd === -1) {
          if (isLast) throw this.#unclosed(line);
          this.#endsInQuotes = true;
          return false;
        }
        for (let each = cellStart; each < cellEnd; each++) if (window[each] === lineFeed) line++;
        at = cellEnd + 1;
      }
      for (; at < size; at++) {
        const byte = window[at];
        if (byte === delimiter || byte === lineFeed || byte === carriageReturn) break;
      }
      this.#addCell(cellStart, isQuoted ? cellEnd : at, isQuoted);
      // A carriage return belongs to the line feed behind it.
      if (at + 1 >= size && !isLast) return false;
      if (at >= size || window[at] !== delimiter) break;
      at++;
    }
    if (window[at] === carriageReturn && window[at + 1] === lineFeed) at++;
    this.#next = { offset: this.#window.start + at + 1, line: line + 1 };
    return true;
  }

  #addCell(start: number, end: number, quoted: boolean): void {
    const at = 2 * this.#cellCount;
    if (at + 2 > this.#cells.length) {
      const larger = new Int32Array(this.#cells.length * 2);
      larger.set(this.#cells);
      this.#cells = larger;
    }
    this.#cells[at] = quoted ? ~start : start;
    this.#cells[at + 1] = end;
    this.#cellCount += 1;
  }

  #unclosed(line: number): ParetoError {
    return new ParetoError(
      'data/csv',
      `In "${this.#file.path}", a quotation mark in the row at line ${line} is not closed. Close it, or double it if it is text.`,
    );
  }
}

/** Returns the position of the quotation mark that ends a cell, or −1. Two in a row are one that belongs to the text. */
function closingQuote(window: Uint8Array, start: number): number {
  let at = window.indexOf(quote, start);
  while (at !== -1 && window[at + 1] === quote) at = window.indexOf(quote, at + 2);
  // If the mark is at the end of the window, the next byte is unknown. If that is the end of the file, there is none.
  return at;
}
