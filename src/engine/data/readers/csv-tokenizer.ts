/**
 * Rows of a delimited text (RFC 4180), found in its bytes window by window. Own code, because the known parsers give no
 * places in bytes, without which a file cannot be entered in its middle, and take over the messages of the worker they are
 * in. Delimiters are ASCII, so that UTF-8 needs no decoding before cells are asked for.
 */
import { ParetoError } from '../../errors';
import type { DataFile } from '../dataset';

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const windowBytes = 1 << 18;
/** A row larger than this is a quotation mark that nobody closed. */
const largestRowBytes = 1 << 24;

/** A place where a row starts. */
export interface RowPlace {
  readonly offset: number;
  /** Counted from 1, as editors do: a quoted cell may take several. */
  readonly line: number;
}

export class CsvTokenizer {
  readonly #file: DataFile;
  readonly #delimiter: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart: number;
  #next: RowPlace;
  #row: RowPlace;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #quoted: boolean[] = [];

  constructor(file: DataFile, delimiter: string, place: RowPlace) {
    this.#file = file;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#next = place;
    this.#row = place;
    this.#windowStart = place.offset;
  }

  /** Where the current row starts. */
  get place(): RowPlace {
    return this.#row;
  }

  get cellCount(): number {
    return this.#starts.length;
  }

  /** Moves to the next row that is not empty; false at the end of the file. */
  nextRow(): boolean {
    for (;;) {
      this.#row = this.#next;
      if (this.#row.offset >= this.#file.source.sizeBytes) return false;
      if (!this.#scan(this.#row.offset - this.#windowStart)) {
        this.#fill();
        continue;
      }
      if (this.cellCount > 1 || this.#quoted[0] || this.#ends[0]! > this.#starts[0]!) return true;
    }
  }

  /** The bytes of a cell, without quotation marks around it. */
  cellBytes(cell: number): Uint8Array {
    return this.#window.subarray(this.#starts[cell], this.#ends[cell]);
  }

  cellText(cell: number): string {
    const text = decodeText(this.cellBytes(cell));
    return this.#quoted[cell] ? text.replaceAll('""', '"') : text;
  }

  /** The window from the start of the row on, larger than before where it already starts there. */
  #fill(): void {
    const { offset, line } = this.#row;
    const isStart = this.#windowStart === offset && this.#window.length > 0;
    const bytes = isStart ? this.#window.length * 2 : windowBytes;
    if (bytes > largestRowBytes * 2) {
      throw new ParetoError(
        'data/csv',
        `In "${this.#file.path}", the row at line ${line} is longer than 16 MB: a quotation mark there is not closed.`,
      );
    }
    this.#windowStart = offset;
    this.#window = this.#file.source.read(offset, Math.min(offset + bytes, this.#file.source.sizeBytes));
    // A source that gives less than it says would make this go on for ever.
    if (this.#window.length === 0) {
      throw new ParetoError('data/damaged', `"${this.#file.path}" ends within a row at line ${line}. Copy it again.`);
    }
  }

  /** Finds the cells of the row at `start` of the window; false when the window ends within it. */
  #scan(start: number): boolean {
    const window = this.#window;
    const isLast = this.#windowStart + window.length >= this.#file.source.sizeBytes;
    this.#starts.length = this.#ends.length = this.#quoted.length = 0;
    let { line } = this.#row;
    let at = start;
    for (;;) {
      const isQuoted = window[at] === quote;
      this.#starts.push(isQuoted ? at + 1 : at);
      this.#quoted.push(isQuoted);
      if (isQuoted) {
        const end = closingQuote(window, at + 1);
        if (end === -1) {
          if (isLast) throw this.#unclosed(line);
          return false;
        }
        for (let each = at; each < end; each++) if (window[each] === lineFeed) line++;
        this.#ends.push(end);
        at = end + 1;
      }
      while (at < window.length && !this.#endsCell(window[at]!)) at++;
      if (!isQuoted) this.#ends.push(at);
      // A carriage return belongs to the line feed behind it.
      if (at + 1 >= window.length && !isLast) return false;
      if (window[at] !== this.#delimiter || at >= window.length) break;
      at++;
    }
    if (window[at] === carriageReturn && window[at + 1] === lineFeed) at++;
    this.#next = { offset: this.#windowStart + at + 1, line: line + 1 };
    return true;
  }

  #endsCell(byte: number): boolean {
    return byte === this.#delimiter || byte === lineFeed || byte === carriageReturn;
  }

  #unclosed(line: number): ParetoError {
    return new ParetoError(
      'data/csv',
      `In "${this.#file.path}", a quotation mark in the row at line ${line} is not closed. Close it, or double it if it is meant as text.`,
    );
  }
}

/** Where the quotation mark stands that ends a cell, −1 when none does; two in a row are one that is meant as text. */
function closingQuote(window: Uint8Array, start: number): number {
  let at = window.indexOf(quote, start);
  while (at !== -1 && window[at + 1] === quote) at = window.indexOf(quote, at + 2);
  // At the window's end it is not known what follows; where that is the file's end, nothing does.
  return at;
}

/** Short ASCII texts, which nearly all cells are, without the cost of a decoder. */
function decodeText(bytes: Uint8Array): string {
  if (bytes.length > 32 || bytes.some((byte) => byte >= 0x80)) return new TextDecoder().decode(bytes);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
