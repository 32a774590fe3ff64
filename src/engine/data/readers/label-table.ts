import Papa from 'papaparse';
import { ParetoError } from '../../errors';
import type { DataField, DataFile } from '../dataset';
import type { FeedData } from '../feeds';
import { baseName } from './file-name';
import { byCodeUnits } from './folder-classes';
import type { LabelColumn } from './labelled-files';

/** Ten million rows of a name and a label fit; a table of labels is read whole. */
const maximumBytes = 2 ** 28;
/** More names than this are no classes but texts. */
const maximumClasses = 100_000;
/** Rows in which a column of file names must show at least one. */
const rowsToTry = 20;

export interface TableLabels {
  /** The samples that the table knows, in the order of `samples`. */
  readonly files: readonly DataFile[];
  readonly columns: readonly LabelColumn[];
  readonly notes: readonly string[];
}

/** True for the file that says what the others are: `labels.csv` or `labels.tsv`, in whatever folder. */
export function isLabelTable({ path }: DataFile): boolean {
  return /^labels\.(csv|tsv)$/i.test(baseName(path));
}

/**
 * Reads a table with a column of file names and columns of labels. A row belongs to the file whose path, name, or name
 * without its ending stands in it; a path may be relative to the table's folder. A column of numbers becomes a field of
 * `float32`, or `int64` where all of them are whole; any other column becomes classes, its names sorted by code units.
 * Throws `data/labels` where no column names files.
 */
export function readLabelTable(table: DataFile, samples: readonly DataFile[]): TableLabels {
  const rows = parseTable(table);
  const finder = new FileFinder(table, samples);
  const nameColumn = findNameColumn(rows, finder);
  if (nameColumn === null) {
    throw new ParetoError(
      'data/labels',
      `No column of "${table.path}" holds the names of the files beside it. It needs one, for example "file,label" and below it "${baseName(samples[0]!.path)},3".`,
    );
  }
  const hasHeader = finder.find(rows[0]![nameColumn]!) === undefined;
  const width = rows[0]!.length;
  const rowOf = new Map<DataFile, readonly string[]>();
  let unknown = 0;
  for (const row of hasHeader ? rows.slice(1) : rows) {
    const file = finder.find(row[nameColumn] ?? '');
    if (file === undefined) unknown += 1;
    else rowOf.set(file, row);
  }
  const files = samples.filter((file) => rowOf.has(file));
  const columns: LabelColumn[] = [];
  for (let at = 0; at < width; at++) {
    if (at === nameColumn) continue;
    const name = hasHeader ? rows[0]![at]!.trim() : columns.length === 0 ? 'label' : `label_${columns.length + 1}`;
    const texts = files.map((file) => (rowOf.get(file)![at] ?? '').trim());
    columns.push(labelColumn(uniqueName(name, at, columns), texts, table));
  }
  return { files, columns, notes: notesOf(table, samples.length - files.length, unknown) };
}

function notesOf(table: DataFile, left: number, unknown: number): readonly string[] {
  return [
    ...(left > 0 ? [`${left} files that "${table.path}" does not name were left out.`] : []),
    ...(unknown > 0 ? [`${unknown} rows of "${table.path}" name files that are not there.`] : []),
  ];
}

function parseTable({ path, source }: DataFile): readonly (readonly string[])[] {
  if (source.sizeBytes > maximumBytes) {
    throw new ParetoError('data/labels', `"${path}" is too large for a table of labels: at most 256 MB can be read.`);
  }
  const text = new TextDecoder().decode(source.read());
  const { data } = Papa.parse<string[]>(text, { skipEmptyLines: 'greedy' });
  if (data.length === 0) throw new ParetoError('data/labels', `"${path}" is empty: it needs a row for each file.`);
  return data;
}

function findNameColumn(rows: readonly (readonly string[])[], finder: FileFinder): number | null {
  const first = rows.slice(0, rowsToTry);
  const width = Math.max(...first.map((row) => row.length));
  for (let column = 0; column < width; column++) {
    if (first.some((row) => finder.find(row[column] ?? '') !== undefined)) return column;
  }
  return null;
}

/** Knows each file by its path, its path from the table's folder, its name, and its name without the ending. */
class FileFinder {
  readonly #files = new Map<string, DataFile | null>();

  constructor(table: DataFile, samples: readonly DataFile[]) {
    const folder = table.path.slice(0, table.path.length - baseName(table.path).length);
    for (const file of samples) {
      this.#add(file.path, file);
      if (folder !== '' && file.path.startsWith(folder)) this.#add(file.path.slice(folder.length), file);
    }
    for (const shorten of [baseName, stemOf]) for (const file of samples) this.#add(shorten(file.path), file);
  }

  /** Undefined for what is no file's name, or the name of more than one. */
  find(text: string): DataFile | undefined {
    const path = text.trim().replaceAll('\\', '/').replace(/^\.\//, '');
    return path === '' ? undefined : (this.#files.get(path) ?? undefined);
  }

  #add(name: string, file: DataFile): void {
    const known = this.#files.get(name);
    if (known === undefined) this.#files.set(name, file);
    else if (known !== file && known?.path !== name) this.#files.set(name, null);
  }
}

function stemOf(path: string): string {
  return baseName(path).replace(/\.[^.]*$/, '');
}

function uniqueName(name: string, column: number, columns: readonly LabelColumn[]): string {
  const taken = ['', 'image', 'sound', ...columns.map(({ field }) => field.name)];
  return taken.includes(name) ? `column_${column + 1}` : name;
}

function labelColumn(name: string, texts: readonly string[], table: DataFile): LabelColumn {
  const given = texts.filter((text) => text !== '');
  const numbers = given.map(Number);
  if (numbers.every(Number.isSafeInteger)) {
    const field: DataField = { name, kind: 'numbers', dtype: 'int64', shape: [] };
    return column(field, texts, table, (text) => BigInt64Array.of(BigInt(Number(text))));
  }
  if (numbers.every(Number.isFinite)) {
    const field: DataField = { name, kind: 'numbers', dtype: 'float32', shape: [] };
    return column(field, texts, table, (text) => Float32Array.of(Number(text)));
  }
  const classes = [...new Set(given)].toSorted(byCodeUnits);
  if (classes.length > maximumClasses) {
    throw new ParetoError(
      'data/labels',
      `The column "${name}" of "${table.path}" has ${classes.length} different texts: too many to be classes.`,
    );
  }
  const classNumbers = new Map(classes.map((text, index) => [text, BigInt(index)]));
  const field: DataField = { name, kind: 'class', dtype: 'int64', shape: [], classes };
  return column(field, texts, table, (text) => BigInt64Array.of(classNumbers.get(text)!));
}

/** An empty cell is no label: the sample says so when its label is read. */
function column(
  field: DataField,
  texts: readonly string[],
  table: DataFile,
  convert: (text: string) => FeedData,
): LabelColumn {
  return {
    field,
    valueOf(index) {
      const text = texts[index]!;
      if (text === '') {
        throw new ParetoError('data/label-missing', `"${table.path}" leaves "${field.name}" empty for this file.`);
      }
      return { dtype: field.dtype, dims: [], data: convert(text) };
    },
  };
}
