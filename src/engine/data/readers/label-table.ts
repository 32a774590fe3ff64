import { ParetoError } from '../../errors';
import type { DataField, DataFile } from '../dataset';
import type { FeedData } from '../feeds';
import { detectLayout } from './csv-layout';
import { isMissing, parseNumber } from './csv-number';
import { CsvTokenizer } from './csv-tokenizer';
import { baseName } from './file-name';
import { byCodeUnits } from './folder-classes';
import type { LabelColumn } from './labeled-files';
import { folderOf } from './listed-folder';
import { listedPaths } from './listed-paths';

/** Ten million rows of a name and a label fit; a table of labels is read whole. */
const maximumBytes = 2 ** 28;
/** More different names than this are texts, not classes. */
const maximumClasses = 100_000;
/** Rows in which a column of file names must show one. */
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
 * without its ending it has. Paths may be relative to the table's folder. A column of numbers becomes a field of
 * `float64`, or of `int64` if all are whole. Any other column becomes classes, with names sorted by code units. Throws
 * `data/labels` if no column names files, and `data/csv` for a file that is no table.
 */
export function readLabelTable(file: DataFile, samples: readonly DataFile[]): TableLabels {
  const table = parseTable(file);
  const { rows } = table;
  const finder = new FileFinder(file, samples);
  const nameColumn = findNameColumn(rows, finder);
  if (nameColumn === null) {
    throw new ParetoError(
      'data/labels',
      `No column of "${file.path}" contains the names of the files beside it. Add one, for example "file,label" and below it "${baseName(samples[0]!.path)},3".`,
    );
  }
  const hasHeader = !finder.knows(rows[0]![nameColumn]!);
  const rowOf = new Map<DataFile, readonly string[]>();
  let unknown = 0;
  const repeated = new Set<DataFile>();
  for (const row of hasHeader ? rows.slice(1) : rows) {
    const found = finder.find(row[nameColumn] ?? '');
    if (found === undefined) unknown += 1;
    else if (rowOf.has(found)) repeated.add(found);
    else rowOf.set(found, row);
  }
  const files = samples.filter((sample) => rowOf.has(sample));
  const columns: LabelColumn[] = [];
  for (let at = 0; at < rows[0]!.length; at++) {
    if (at === nameColumn) continue;
    const name = hasHeader ? rows[0]![at]! : columns.length === 0 ? 'label' : `label_${columns.length + 1}`;
    const texts = files.map((sample) => rowOf.get(sample)![at] ?? '');
    columns.push(labelColumn(uniqueName(name, at, columns), texts, table));
  }
  const left = samples.filter((sample) => !rowOf.has(sample));
  return { files, columns, notes: notesOf(file, left, { unknown, repeated: [...repeated] }) };
}

function notesOf(
  table: DataFile,
  left: readonly DataFile[],
  rows: { readonly unknown: number; readonly repeated: readonly DataFile[] },
): readonly string[] {
  return [
    ...(left.length > 0 ? [`Left out, because "${table.path}" does not name them: ${listedPaths(left)}.`] : []),
    ...(rows.unknown > 0
      ? [`Rows of "${table.path}" that name no file, or one of several with the same name: ${rows.unknown}.`]
      : []),
    ...(rows.repeated.length > 0
      ? [`Named by several rows of "${table.path}", of which the first is used: ${listedPaths(rows.repeated)}.`]
      : []),
  ];
}

interface Table {
  readonly file: DataFile;
  readonly rows: readonly (readonly string[])[];
  readonly decimalComma: boolean;
}

function parseTable(file: DataFile): Table {
  if (file.source.sizeBytes > maximumBytes) {
    throw new ParetoError(
      'data/labels',
      `"${file.path}" is too large for a table of labels: at most 256 MB can be read.`,
    );
  }
  const { delimiter, start, decimalComma } = detectLayout(file);
  const tokenizer = new CsvTokenizer(file, delimiter, start);
  const rows: string[][] = [];
  while (tokenizer.nextRow()) {
    rows.push(Array.from({ length: tokenizer.cellCount }, (_, cell) => tokenizer.cellText(cell).trim()));
  }
  return { file, rows, decimalComma };
}

/** The column in which most of the first rows name a file: a label may look like a file's name by chance. */
function findNameColumn(rows: Table['rows'], finder: FileFinder): number | null {
  const first = rows.slice(0, rowsToTry);
  const found = first[0]!.map((_, at) => first.filter((row) => finder.find(row[at] ?? '') !== undefined).length);
  const most = found.reduce((a, b) => Math.max(a, b), 0);
  return most > 0 ? found.indexOf(most) : null;
}

/** Knows each file by its path, its path from the folder of a table, its name, and its name without the ending. */
export class FileFinder {
  readonly #files = new Map<string, DataFile | null>();

  constructor(table: DataFile, samples: readonly DataFile[]) {
    const folder = folderOf(table.path);
    for (const file of samples) {
      this.#add(file.path, file);
      if (folder !== '' && file.path.startsWith(folder)) this.#add(file.path.slice(folder.length), file);
    }
    for (const shorten of [baseName, stemOf]) for (const file of samples) this.#add(shorten(file.path), file);
  }

  /** True for what names one file or several. */
  knows(text: string): boolean {
    return this.#files.has(cleanPath(text));
  }

  /** Returns the file; `undefined` if the text names no file, or more than one. */
  find(text: string): DataFile | undefined {
    return this.#files.get(cleanPath(text)) ?? undefined;
  }

  #add(name: string, file: DataFile): void {
    const known = this.#files.get(name);
    if (known === undefined) this.#files.set(name, file);
    else if (known !== file && known?.path !== name) this.#files.set(name, null);
  }
}

function cleanPath(text: string): string {
  return text.replaceAll('\\', '/').replace(/^\.\//, '');
}

function stemOf(path: string): string {
  return baseName(path).replace(/\.[^.]*$/, '');
}

function uniqueName(name: string, at: number, columns: readonly LabelColumn[]): string {
  const taken = ['', 'image', 'sound', ...columns.map(({ field }) => field.name)];
  return taken.includes(name) ? `column_${at + 1}` : name;
}

function labelColumn(name: string, texts: readonly string[], table: Table): LabelColumn {
  const given = texts.filter((text) => !isMissing(text));
  const numberOf = (text: string) => parseNumber(text, table.decimalComma);
  const numbers = given.map(numberOf);
  if (numbers.every(Number.isSafeInteger)) {
    const field: DataField = { name, kind: 'numbers', dtype: 'int64', shape: [] };
    return column(field, texts, table, (text) => BigInt64Array.of(BigInt(numberOf(text)!)));
  }
  if (!numbers.includes(null)) {
    const field: DataField = { name, kind: 'numbers', dtype: 'float64', shape: [] };
    return column(field, texts, table, (text) => Float64Array.of(numberOf(text)!));
  }
  const classes = [...new Set(given)].toSorted(byCodeUnits);
  if (classes.length > maximumClasses) {
    throw new ParetoError(
      'data/labels',
      `The column "${name}" of "${table.file.path}" has ${classes.length} different texts, too many for classes.`,
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
  { file }: Table,
  convert: (text: string) => FeedData,
): LabelColumn {
  return {
    field,
    valueOf(index) {
      const text = texts[index]!;
      if (isMissing(text)) {
        throw new ParetoError('data/label-missing', `"${file.path}" leaves "${field.name}" empty for this file.`);
      }
      return { dtype: field.dtype, dims: [], data: convert(text) };
    },
  };
}
