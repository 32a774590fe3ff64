/** Scans texts in which each row is a sample. They are scanned once, then read at any row. */
import type { DataFile, ReadContext } from '../dataset';
import { reopenedSource } from './archives/inflated-source';

/** The place of every row with this distance is kept. */
const rowsPerPlace = 1000;
/** Bytes of one piece of work, which takes about 30 ms at most. */
const bytesPerPiece = 1 << 20;

/** A place where a row starts. */
export interface RowPlace {
  readonly offset: number;
  /** Counted from 1, as editors do: a quoted cell may take several. */
  readonly line: number;
}

/** Finds the rows of a text from a place on. */
export interface RowScanner {
  /** The start of the current row. */
  readonly place: RowPlace;
  /** Moves to the next row that is not empty; false at the end of the file. */
  nextRow(): boolean;
}

/** Returns the start of the text, after a byte order mark. */
export function textStart({ source }: DataFile): RowPlace {
  const start = source.read(0, Math.min(3, source.sizeBytes));
  const hasMark = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf;
  return { offset: hasMark ? 3 : 0, line: 1 };
}

/** The place of every thousandth row, and how many rows there are. */
export interface RowPlaces {
  readonly places: readonly RowPlace[];
  readonly samples: number;
}

/** Goes through the rows that follow; `look` is called at each. */
export async function findRows(scanner: RowScanner, look: () => void, context: ReadContext): Promise<RowPlaces> {
  const places: RowPlace[] = [];
  let samples = 0;
  let pieceStart = 0;
  while (scanner.nextRow()) {
    if (samples % rowsPerPlace === 0) places.push(scanner.place);
    look();
    samples += 1;
    if (scanner.place.offset - pieceStart <= bytesPerPiece) continue;
    pieceStart = scanner.place.offset;
    await context.checkpoint();
  }
  return { places, samples };
}

/** Finds rows by their numbers, with a source of its own. */
export class RowFinder<Scanner extends RowScanner> {
  readonly #file: DataFile;
  readonly #places: readonly RowPlace[];
  readonly #open: (file: DataFile, place: RowPlace) => Scanner;
  #scanner: Scanner;
  #at = -1;

  constructor(
    { path, source }: DataFile,
    places: readonly RowPlace[],
    open: (file: DataFile, place: RowPlace) => Scanner,
  ) {
    this.#file = { path, source: reopenedSource(source) };
    this.#places = places;
    this.#open = open;
    this.#scanner = open(this.#file, places[0]!);
  }

  /** Stands at the row until the next is looked for. Forwards from the one before, or from the place before the row. */
  find(index: number): Scanner {
    const place = Math.floor(index / rowsPerPlace);
    if (index <= this.#at || place > Math.floor(Math.max(this.#at, 0) / rowsPerPlace)) {
      this.#scanner = this.#open(this.#file, this.#places[place]!);
      this.#at = place * rowsPerPlace - 1;
    }
    while (this.#at < index && this.#scanner.nextRow()) this.#at += 1;
    return this.#scanner;
  }
}
