/** Detects the layout of a delimited text: its delimiter, whether it has a header, and the kinds of its columns. */
import { ParetoError } from '../../errors';
import type { DataFile } from '../dataset';
import { formatCounted } from '../../format';
import { isMissing, parseNumber } from './csv-number';
import { reasonOf } from './unreadable-sample';
import { CsvTokenizer } from './csv-tokenizer';
import { textStart, type RowPlace } from './row-places';
import { isRowNumber, rowsLookedAt, rowsWithoutRepeat, type TableColumn } from './table-columns';

/** A column, which is one of numbers if nearly all values seen are numbers. */
export interface CsvColumn extends TableColumn {
  /** In a column of numbers: the cells seen that hold something else. */
  readonly texts: readonly CsvCell[];
}

export interface CsvCell {
  readonly text: string;
  readonly line: number;
}

export interface CsvLayout {
  readonly delimiter: string;
  readonly hasHeader: boolean;
  /** Numbers are written as in 3,14. */
  readonly decimalComma: boolean;
  readonly columns: readonly CsvColumn[];
  /** The start of the text, after a byte order mark. */
  readonly start: RowPlace;
}

type Rows = readonly (readonly string[])[];

const delimiters = [',', '\t', ';', '|'];
const rowsForDelimiter = 20;
/** The most bytes of a file that are examined, however long its rows are. */
const bytesLookedAt = 1 << 20;
/** The smallest share of rows with as many cells as the first, for a text whose name does not say that it is a table. */
const smallestAlike = 0.8;
/** The smallest share of numbers in a column of numbers: a slip in one cell does not turn a thousand numbers into texts. */
const smallestNumberShare = 0.9;

/**
 * Detects the layout from the first rows. Throws `data/empty` without rows. Throws `data/csv` for a quotation mark left
 * open. Also throws it if most rows have more or fewer cells than the first, because that row does not show the columns
 * then.
 */
export function detectLayout(file: DataFile): CsvLayout {
  const start = textStart(file);
  const split = splitRows(file, start);
  const { delimiter } = split;
  const [first] = split.rows;
  if (first === undefined) throw new ParetoError('data/empty', `There are no rows in "${file.path}".`);
  refuseOtherWidths(file, split);
  // A row of another width would put its values under other columns.
  const isAlike = (_: unknown, at: number): boolean => split.rows[at]!.length === first.length;
  const rows = split.rows.filter(isAlike);
  const lines = split.lines.filter(isAlike);
  const decimalComma = delimiter !== ',' && usesDecimalComma(rows);
  const hasHeader = looksLikeHeader(rows, decimalComma);
  const firstSample = hasHeader ? 1 : 0;
  const names = columnNames(hasHeader ? first : first.map(() => ''));
  const columns = names.map((name, at) =>
    inspectColumn(
      name,
      rows.slice(firstSample).map((row, index) => ({ text: row[at] ?? '', line: lines[firstSample + index]! })),
      hasHeader ? first[at]!.trim() : name,
      decimalComma,
    ),
  );
  return { delimiter, hasHeader, decimalComma, columns, start };
}

/**
 * True if the first rows have several columns and nearly all of them have the same separators. The other rows cannot be
 * read.
 */
export function looksLikeTable(file: DataFile): boolean {
  try {
    const { rows } = splitRows(file, textStart(file));
    const width = rows[0]?.length ?? 0;
    return width > 1 && rows.length > 1 && alikeCount(rows) >= smallestAlike * rows.length;
  } catch (error) {
    reasonOf(error);
    return false;
  }
}

/** Explains why a text is no table: the rest of a sentence that begins with the file. */
export function describeUnevenRows(file: DataFile): string {
  let split: SplitRows;
  try {
    split = splitRows(file, textStart(file));
  } catch (error) {
    return `is text, but not a table. ${reasonOf(error)}`;
  }
  const [first = []] = split.rows;
  const other = split.rows.findIndex(({ length }) => length !== first.length);
  if (other === -1 || first.length < 2) {
    return 'is text, but not a table: its rows have no common column separator. Use a CSV or TSV file.';
  }
  const found = `line ${split.lines[0]} has ${formatCounted(first.length, 'cell')}, line ${split.lines[other]} has ${split.rows[other]!.length}`;
  return `is text, but not a table, because too many rows differ in their number of cells: ${found}. Use a CSV or TSV file with the same number in each row.`;
}

function alikeCount(rows: Rows): number {
  return rows.filter(({ length }) => length === rows[0]!.length).length;
}

function refuseOtherWidths({ path }: DataFile, { rows, lines }: SplitRows): void {
  if (alikeCount(rows) * 2 > rows.length - 1) return;
  const width = rows[0]!.length;
  const other = rows.findIndex(({ length }) => length !== width);
  throw new ParetoError(
    'data/csv',
    `In "${path}", the first row (line ${lines[0]}) has ${formatCounted(width, 'cell')}, unlike most rows: line ${lines[other]} has ${rows[other]!.length}. Remove text above the table, and name each column in the first row.`,
  );
}

interface SplitRows {
  readonly delimiter: string;
  readonly rows: Rows;
  /** The line at which each row starts. */
  readonly lines: readonly number[];
}

/** The first rows by the delimiter that makes the most alike of the very first ones. */
function splitRows(file: DataFile, start: RowPlace): SplitRows {
  const [delimiter] = delimiters.toSorted(
    (a, b) =>
      consistency(firstRows(file, b, start, rowsForDelimiter).rows) -
      consistency(firstRows(file, a, start, rowsForDelimiter).rows),
  );
  return { delimiter: delimiter!, ...firstRows(file, delimiter!, start, rowsLookedAt) };
}

/** A quotation mark may seem to stay open with a wrong delimiter. The rows before it count then. */
function firstRows(file: DataFile, delimiter: string, start: RowPlace, count: number): Omit<SplitRows, 'delimiter'> {
  const tokenizer = new CsvTokenizer(file, delimiter, start);
  const rows: string[][] = [];
  const lines: number[] = [];
  try {
    while (rows.length < count && tokenizer.nextRow()) {
      rows.push(Array.from({ length: tokenizer.cellCount }, (_, cell) => tokenizer.cellText(cell)));
      lines.push(tokenizer.place.line);
      if (tokenizer.place.offset - start.offset > bytesLookedAt) break;
    }
  } catch (error) {
    if (rows.length === 0) throw error;
  }
  return { rows, lines };
}

/** Rates how many rows have as many cells as the first, if it has several. If shares are equal, more cells rate higher. */
function consistency(rows: Rows): number {
  const width = rows[0]?.length ?? 0;
  if (width < 2) return 0;
  return alikeCount(rows) / rows.length + 1 - 1 / width;
}

function usesDecimalComma(rows: Rows): boolean {
  const cells = rows.slice(0, 50).flat();
  return (
    cells.some((cell) => /^\s*[+-]?\d+,\d+\s*$/.test(cell)) && !cells.some((cell) => /^\s*[+-]?\d+\.\d+\s*$/.test(cell))
  );
}

/**
 * The first row is a header if it has text above a column of numbers. It is also one if no cell is a number and its
 * cells are all different and do not occur below.
 */
function looksLikeHeader(rows: Rows, decimalComma: boolean): boolean {
  const [first, ...below] = rows;
  const isNumber = (cell: string): boolean => parseNumber(cell, decimalComma) !== null;
  if (below.length === 0) return !first!.some(isNumber);
  const cellsOf = (column: number): readonly string[] =>
    below.map((row) => row[column] ?? '').filter((cell) => !isMissing(cell));
  const numeric = first!.map((_, column) => {
    const cells = cellsOf(column);
    return areNumbers(cells.length, cells.filter(isNumber).length);
  });
  if (numeric.includes(true))
    return first!.some((cell, column) => numeric[column] && !isNumber(cell) && !isMissing(cell));
  if (new Set(first).size < first!.length || first!.some((cell) => cell.trim() === '' || isNumber(cell))) return false;
  return first!.every((cell, column) => !cellsOf(column).includes(cell));
}

/** Names that are all different: an empty one tells the place, a repeated one how often it came before. */
function columnNames(header: readonly string[]): readonly string[] {
  const names = new Set<string>();
  const counts = new Map<string, number>();
  for (const [at, cell] of header.entries()) {
    const wanted = cell.trim() === '' ? `column_${at + 1}` : cell.trim();
    let name = wanted;
    let count = counts.get(wanted) ?? 1;
    while (names.has(name)) name = `${wanted}_${++count}`;
    counts.set(wanted, count);
    names.add(name);
  }
  return [...names];
}

function inspectColumn(name: string, cells: readonly CsvCell[], header: string, decimalComma: boolean): CsvColumn {
  const given = cells.filter(({ text }) => !isMissing(text));
  const parsed = given.map(({ text }) => parseNumber(text, decimalComma));
  const values = parsed.filter((value) => value !== null);
  const isNumeric = areNumbers(given.length, values.length);
  const texts = isNumeric ? given.filter((_, at) => parsed[at] === null) : [];
  const isInteger = isNumeric && values.every((value) => Number.isInteger(value));
  const distinct = new Set(cells.map(({ text }) => text)).size;
  return {
    name,
    isNumeric,
    texts,
    isInteger,
    isRowNumber: isRowNumber(header, isNumeric ? values : []),
    distinct,
    neverRepeats: !isNumeric && cells.length >= rowsWithoutRepeat && distinct === cells.length,
  };
}

/** True if a column with this many values and numbers is one of numbers. */
function areNumbers(values: number, numbers: number): boolean {
  return numbers > 0 && numbers >= smallestNumberShare * values;
}
