/** Files of which each line is a sample. */
import { ParetoError } from '../../errors';
import type {
  DataField,
  DataFile,
  Dataset,
  DatasetDescription,
  FieldRequest,
  FieldValue,
  ReadContext,
  SampleRead,
} from '../dataset';
import type { RowPlace } from './csv-tokenizer';
import { reopenedSource } from './inflated-source';
import { firstLine, LineScanner } from './line-scanner';
import { requestedFields } from './requested-fields';
import { reasonOf } from './unreadable-sample';

/** Every so many lines their place is remembered. */
const linesPerPlace = 1000;
/** About 30 ms of work. */
const bytesPerPiece = 1 << 20;

/** The place of every thousandth line, and how many there are that are not empty. */
export interface LinePlaces {
  readonly places: readonly RowPlace[];
  readonly samples: number;
}

/** Goes through the file once; `look` sees each line. Throws `data/empty` where there is none. */
export async function findLines(
  file: DataFile,
  look: (text: string) => void,
  context: ReadContext,
): Promise<LinePlaces> {
  const scanner = new LineScanner(file, firstLine(file));
  const places: RowPlace[] = [];
  let samples = 0;
  let pieceStart = 0;
  while (scanner.nextLine()) {
    if (samples % linesPerPlace === 0) places.push(scanner.place);
    look(scanner.text);
    samples += 1;
    if (scanner.place.offset - pieceStart <= bytesPerPiece) continue;
    pieceStart = scanner.place.offset;
    await context.checkpoint();
  }
  if (samples === 0) throw new ParetoError('data/empty', `There are no lines in "${file.path}".`);
  return { places, samples };
}

/** What a line holds of these fields. Throws a ParetoError for one that cannot be read. */
export type ReadLine = (line: string, fields: readonly DataField[]) => Readonly<Record<string, FieldValue>>;

export class LineDataset implements Dataset {
  readonly description: DatasetDescription;
  readonly files: readonly DataFile[];
  readonly #places: readonly RowPlace[];
  readonly #readLine: ReadLine;

  constructor(description: DatasetDescription, file: DataFile, places: readonly RowPlace[], readLine: ReadLine) {
    this.description = description;
    this.files = [file];
    this.#places = places;
    this.#readLine = readLine;
  }

  async *read(
    indices: readonly number[],
    fields: readonly FieldRequest[],
    context: ReadContext,
  ): AsyncGenerator<SampleRead, void, undefined> {
    const requested = requestedFields(this.description, fields);
    const [given] = this.files;
    const file = { path: given!.path, source: reopenedSource(given!.source) };
    let scanner = new LineScanner(file, this.#places[0]!);
    let at = -1;
    for (const index of indices) {
      await context.checkpoint();
      const place = Math.floor(index / linesPerPlace);
      if (index <= at || place > Math.floor(Math.max(at, 0) / linesPerPlace)) {
        scanner = new LineScanner(file, this.#places[place]!);
        at = place * linesPerPlace - 1;
      }
      while (at < index && scanner.nextLine()) at += 1;
      yield this.#sample(index, scanner, requested);
    }
  }

  #sample(index: number, scanner: LineScanner, fields: readonly DataField[]): SampleRead {
    const place = `"${this.files[0]!.path}", line ${scanner.place.line}`;
    try {
      return { index, place, values: this.#readLine(scanner.text, fields) };
    } catch (error) {
      return { index, place, reason: reasonOf(error) };
    }
  }
}
