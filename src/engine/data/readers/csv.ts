/** Tables as text: CSV, TSV and their relatives. */
import { ParetoError } from '../../errors';
import { formatCounted } from '../../format';
import type { DataField, DataFile, Dataset, DatasetDescription, FieldValue, ReadContext, SampleRead } from '../dataset';
import { detectLayout, type CsvColumn, type CsvLayout } from './csv-layout';
import { isMissing, parseDigits, parseNumber } from './csv-number';
import { CsvTokenizer } from './csv-tokenizer';
import { baseName } from './file-name';
import { findRows, RowFinder, type RowPlace, type RowPlaces } from './row-places';
import { SampleDataset } from './sample-dataset';
import { describeFeatures, describeRowNumber, featuresField, labelColumnOf } from './table-columns';
import { TextClasses } from './text-classes';
import { reasonOf } from './unreadable-sample';

/**
 * Opens the rows of a table as samples. Columns of numbers become fields of float64 and other columns fields of text. A
 * column of texts that looks like the label becomes classes. One more field has all numbers of a row in the order of
 * the columns, except an identifier of rows. Its name is `features` unless a column has that name. Delimiter, header
 * and types are detected from the first rows and are in the notes. Reads the file once to find its rows, and keeps one
 * place per thousand.
 *
 * A column is one of numbers if nine in ten of its values in the first rows are. A row with a missing or unreadable
 * number is an unreadable sample of the fields that need it. A row with more or fewer cells than the first is
 * unreadable for all fields, and the notes count such rows.
 */
export async function openCsv(file: DataFile, context: ReadContext): Promise<Dataset> {
  const layout = detectLayout(file);
  const label = labelColumnOf(layout.columns);
  const { places, samples, classes, uneven } = await walkRows(file, layout, context);
  if (samples === 0) throw new ParetoError('data/empty', `There are no rows below the header of "${file.path}".`);
  const fields: DataField[] = layout.columns.map(({ name, isNumeric }, at) => {
    if (isNumeric) {
      return { name, kind: 'numbers', dtype: 'float64', shape: [], ...(at === label && { looksLikeLabel: true }) };
    }
    const described = classes.get(at)!.described;
    if (at === label && described.classes) return { name, kind: 'class', dtype: 'int64', shape: [], ...described };
    return { name, kind: 'text', dtype: 'string', shape: [], ...described };
  });
  const numbers = layout.columns.filter(({ isNumeric, isRowNumber }) => isNumeric && !isRowNumber);
  if (numbers.length > 0) fields.push(featuresField(namesOf(numbers), namesOf(layout.columns)));
  const description: DatasetDescription = {
    name: baseName(file.path),
    format: 'csv',
    samples,
    fields,
    sizeBytes: file.source.sizeBytes,
    notes: [...notesOf(layout, fields, label), ...(uneven.count === 0 ? [] : [noteOf(uneven)])],
  };
  return new CsvDataset(description, file, { layout, places });
}

function namesOf(columns: readonly CsvColumn[]): readonly string[] {
  return columns.map(({ name }) => name);
}

function notesOf(layout: CsvLayout, fields: readonly DataField[], label: number): readonly string[] {
  const delimiter = layout.delimiter === '\t' ? 'a tab' : `"${layout.delimiter}"`;
  const header = layout.hasHeader ? 'the first row names the columns' : 'there is no header, so columns are numbered';
  return [
    `Cells are separated by ${delimiter}; ${header}.`,
    ...fields.filter(({ columns }) => columns !== undefined).map(describeFeatures),
    ...layout.columns.filter(({ isRowNumber }) => isRowNumber).map(describeRowNumber),
    ...layout.columns.flatMap(notesOfTexts),
    ...(label === -1 ? [] : [`The column "${layout.columns[label]!.name}" looks like the label.`]),
  ];
}

function notesOfTexts({ name, texts }: CsvColumn): readonly string[] {
  const [first] = texts;
  if (first === undefined) return [];
  const found = `"${first.text.trim().slice(0, 40)}" at line ${first.line}`;
  const cells = texts.length === 1 ? `one is ${found}` : `${texts.length} are not, the first ${found}`;
  return [
    `Almost all cells of the column "${name}" are numbers; of the first rows, ${cells}. Samples without a number there are skipped and counted.`,
  ];
}

function noteOf({ count, firstLine }: UnevenRows): string {
  return count === 1
    ? `The row at line ${firstLine} has more or fewer cells than the first row and cannot be read.`
    : `${count} rows have more or fewer cells than the first row and cannot be read; the first of them is at line ${firstLine}.`;
}

/** Rows with more or fewer cells than the first. */
interface UnevenRows {
  readonly count: number;
  readonly firstLine: number;
}

interface FoundRows extends RowPlaces {
  /** Classes by the number of each column of texts. */
  readonly classes: ReadonlyMap<number, TextClasses>;
  readonly uneven: UnevenRows;
}

/** One walk through the file, which gathers the texts of each column that is not one of numbers. */
async function walkRows(file: DataFile, layout: CsvLayout, context: ReadContext): Promise<FoundRows> {
  const tokenizer = new CsvTokenizer(file, layout.delimiter, layout.start);
  const classes = new Map(
    layout.columns.flatMap(({ isNumeric }, at) => (isNumeric ? [] : [[at, new TextClasses()] as const])),
  );
  const width = layout.columns.length;
  const uneven = { count: 0, firstLine: 0 };
  if (layout.hasHeader) tokenizer.nextRow();
  const look = (): void => {
    if (tokenizer.cellCount === width) return gatherTexts(tokenizer, classes);
    uneven.count += 1;
    uneven.firstLine ||= tokenizer.place.line;
  };
  return { ...(await findRows(tokenizer, look, context)), classes, uneven };
}

function gatherTexts(row: CsvTokenizer, classes: ReadonlyMap<number, TextClasses>): void {
  for (const [column, texts] of classes) {
    if (texts.areTooMany) continue;
    const text = row.cellText(column);
    if (!isMissing(text.trim())) texts.add(text);
  }
}

interface CsvTable {
  readonly layout: CsvLayout;
  readonly places: readonly RowPlace[];
}

/** A field that is read, and where its cells stand in a row. */
interface FieldCells {
  readonly field: DataField;
  readonly columns: readonly number[];
}

class CsvDataset extends SampleDataset {
  readonly #table: CsvTable;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #classNumbers: ReadonlyMap<string, bigint>;

  constructor(description: DatasetDescription, file: DataFile, table: CsvTable) {
    super(description, [file]);
    this.#table = table;
    this.#columns = new Map(table.layout.columns.map(({ name }, at) => [name, at]));
    const classes = description.fields.find(({ kind }) => kind === 'class')?.classes ?? [];
    this.#classNumbers = new Map(classes.map((name, at) => [name, BigInt(at)]));
  }

  protected readerOf(fields: readonly DataField[]): (index: number) => SampleRead {
    const requested = fields.map((field) => ({
      field,
      columns: (field.columns ?? [field.name]).map((name) => this.#columns.get(name)!),
    }));
    const { layout, places } = this.#table;
    const rows = new RowFinder(
      this.files[0]!,
      places,
      (file, place) => new CsvTokenizer(file, layout.delimiter, place),
    );
    return (index) => this.#sample(index, rows.find(index), requested);
  }

  #sample(index: number, row: CsvTokenizer, fields: readonly FieldCells[]): SampleRead {
    try {
      const width = this.#table.layout.columns.length;
      if (row.cellCount !== width) {
        throw new ParetoError(
          'data/csv',
          `The row has ${formatCounted(row.cellCount, 'cell')}, and the first row has ${width}.`,
        );
      }
      return { index, values: Object.fromEntries(fields.map((each) => [each.field.name, this.#value(row, each)])) };
    } catch (error) {
      return { index, place: `"${this.files[0]!.path}", line ${row.place.line}`, reason: reasonOf(error) };
    }
  }

  #value(row: CsvTokenizer, { field, columns }: FieldCells): FieldValue {
    const { dtype } = field;
    if (field.kind === 'numbers') {
      const data = Float64Array.from(columns, (column) => this.#number(row, column));
      return { kind: 'tensor', tensor: { dtype, dims: field.columns === undefined ? [] : [columns.length], data } };
    }
    const text = row.cellText(columns[0]!);
    if (field.kind === 'text') return { kind: 'tensor', tensor: { dtype, dims: [], data: [text] } };
    const classNumber = this.#classNumbers.get(text.trim());
    if (classNumber === undefined) {
      throw new ParetoError('data/csv', `The column "${field.name}" has no value in this row.`);
    }
    return { kind: 'tensor', tensor: { dtype, dims: [], data: BigInt64Array.of(classNumber) } };
  }

  #number(row: CsvTokenizer, column: number): number {
    const digits = parseDigits(row.cellBytes(column));
    if (digits !== null) return digits;
    const text = row.cellText(column);
    const value = parseNumber(text, this.#table.layout.decimalComma);
    if (value !== null) return value;
    const { name } = this.#table.layout.columns[column]!;
    throw new ParetoError(
      'data/csv',
      isMissing(text)
        ? `The column "${name}" has no value in this row.`
        : `The column "${name}" has "${text.slice(0, 40)}" where a number is expected.`,
    );
  }
}
