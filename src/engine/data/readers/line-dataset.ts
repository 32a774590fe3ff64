/** Data sets of files in which each line is a sample. */
import { ParetoError } from '../../errors';
import type { DataField, DataFile, DatasetDescription, FieldValue, ReadContext, SampleRead } from '../dataset';
import { LineScanner } from './line-scanner';
import { findRows, RowFinder, textStart, type RowPlace, type RowPlaces } from './row-places';
import { SampleDataset } from './sample-dataset';
import { reasonOf } from './unreadable-sample';

/** Goes through the file once; `look` sees each line that is not empty. Throws `data/empty` if there is none. */
export async function findLines(
  file: DataFile,
  look: (text: string) => void,
  context: ReadContext,
): Promise<RowPlaces> {
  const scanner = new LineScanner(file, textStart(file));
  const found = await findRows(scanner, () => look(scanner.text), context);
  if (found.samples === 0) throw new ParetoError('data/empty', `There are no lines in "${file.path}".`);
  return found;
}

/** Reads the values of these fields from a line. Throws a ParetoError for a line that cannot be read. */
export type ReadLine = (line: string, fields: readonly DataField[]) => Readonly<Record<string, FieldValue>>;

export class LineDataset extends SampleDataset {
  readonly #places: readonly RowPlace[];
  readonly #readLine: ReadLine;

  constructor(description: DatasetDescription, file: DataFile, places: readonly RowPlace[], readLine: ReadLine) {
    super(description, [file]);
    this.#places = places;
    this.#readLine = readLine;
  }

  protected readerOf(fields: readonly DataField[]): (index: number) => SampleRead {
    const lines = new RowFinder(this.files[0]!, this.#places, (file, place) => new LineScanner(file, place));
    return (index) => this.#sample(index, lines.find(index), fields);
  }

  #sample(index: number, line: LineScanner, fields: readonly DataField[]): SampleRead {
    const place = `"${this.files[0]!.path}", line ${line.place.line}`;
    try {
      return { index, place, values: this.#readLine(line.text, fields) };
    } catch (error) {
      return { index, place, reason: reasonOf(error) };
    }
  }
}
