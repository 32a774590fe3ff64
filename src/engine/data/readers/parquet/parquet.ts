/** Parquet files, also those of Hugging Face's `datasets` with pictures, sounds and class labels. */
import { ParetoError } from '../../../errors';
import type {
  DataField,
  DataFile,
  Dataset,
  DatasetDescription,
  FieldRequest,
  FieldValue,
  PictureDecoder,
  ReadContext,
  SampleRead,
} from '../../dataset';
import { parseFeatures } from './huggingface-features';
import { listShape, parquetColumn, type ParquetColumn } from './parquet-column';
import { ParquetFile, type RowGroup } from './parquet-file';
import { findRoles, isSingleNumber, largestLookBytes } from './parquet-roles';
import { requestedFields } from '../requested-fields';
import { describeFeatures, describeRowNumber, featuresField, type TableColumn } from '../table-columns';
import { reasonOf } from '../unreadable-sample';

type Values = ReadonlyMap<string, (row: number) => unknown>;

/**
 * Opens the rows of Parquet files as samples. Several files are the parts of one table, in the order of their names.
 * Columns become fields: numbers, lists of numbers (their shape from the first row group), text and class labels.
 * Pictures and sounds are files with or without a path. Class names come from the metadata, or from the texts of a
 * column that looks like the label. As in a text table, one more field has all single numbers of a row, except an
 * identifier of rows. Its name is `features` unless a column has that name. Reads the footers, the lists of the first
 * row group, columns of texts that may be classes, and the first rows of the last column.
 *
 * Row groups are read one at a time. A missing value is an unreadable sample of the fields that need it.
 */
export async function openParquet(
  files: readonly DataFile[],
  name: string,
  decoder: PictureDecoder,
  context: ReadContext,
): Promise<Dataset> {
  const groups: RowGroup[] = [];
  const opened: ParquetFile[] = [];
  let samples = 0;
  for (const file of files) {
    await context.checkpoint();
    const parquet = new ParquetFile(file);
    assertSameColumns(opened[0], parquet, file);
    opened.push(parquet);
    for (const [group, { rows }] of parquet.groups.entries()) {
      if (rows > 0) groups.push({ file: parquet, path: file.path, group, start: samples, rows });
      samples += rows;
    }
  }
  const [first] = groups;
  if (first === undefined) throw new ParetoError('data/empty', `There are no rows in "${name}".`);
  const kinds = parseFeatures(first.file.huggingFace);
  const read = first.file.schema.children.map((node) => parquetColumn(node, kinds.get(node.element.name), decoder));
  const notes = read.filter((column) => typeof column === 'string');
  const usable = read.filter((column) => typeof column !== 'string');
  if (usable.length === 0) {
    throw new ParetoError('data/empty', `No column of "${name}" can feed a model.`);
  }
  const { columns, rowNumbers } = await findRoles(await withShapes(usable, first), groups, context);
  const features = joinedFields(columns, rowNumbers);
  const fields = [...columns.map(({ field }) => field), ...features];
  const sizeBytes = files.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  const allNotes = [...notes, ...features.map(describeFeatures), ...rowNumbers.map(describeRowNumber)];
  const description = { name, format: 'parquet', samples, fields, sizeBytes, notes: allNotes } as const;
  return new ParquetDataset(description, files, { groups, columns });
}

function assertSameColumns(first: ParquetFile | undefined, other: ParquetFile, { path }: DataFile): void {
  const names = ({ schema }: ParquetFile): string => schema.children.map(({ element }) => element.name).join(', ');
  if (first !== undefined && names(first) !== names(other)) {
    throw new ParetoError(
      'data/columns',
      `"${path}" has the columns ${names(other)}, but the first file ${names(first)}: they are not parts of one table. Open one of them.`,
    );
  }
}

/**
 * Columns of lists with the shape that all rows of the first row group have; `null` along axes on which they differ.
 */
async function withShapes(columns: readonly ParquetColumn[], first: RowGroup): Promise<readonly ParquetColumn[]> {
  const lists = columns.filter(({ rank }) => rank > 0);
  // Throws for what cannot be read at all, encryption and unknown compression.
  first.file.sizeBytes(first.group, columns);
  if (lists.length === 0 || first.file.sizeBytes(first.group, lists) > largestLookBytes) return columns;
  let values: Values;
  try {
    values = await first.file.readGroup(first.group, lists, 0, first.rows);
  } catch (error) {
    // The samples say so when they are read.
    reasonOf(error);
    return columns;
  }
  return columns.map((column) => {
    const value = column.rank > 0 ? values.get(column.field.name) : undefined;
    if (value === undefined) return column;
    let shape: (number | null)[] = [...listShape(value(0), column.rank)];
    for (let row = 1; row < first.rows; row++) {
      const other = listShape(value(row), column.rank);
      shape = shape.map((size, axis) => (size === other[axis] ? size : null));
    }
    return { ...column, field: { ...column.field, shape } };
  });
}

/** One field of all single numbers if there are several columns of them, without those that identify rows. */
function joinedFields(columns: readonly ParquetColumn[], rowNumbers: readonly TableColumn[]): readonly DataField[] {
  const names = columns.map(({ field }) => field.name);
  const numbers = columns.filter(isSingleNumber).map(({ field }) => field.name);
  const leftOut = new Set(rowNumbers.map(({ name }) => name));
  const joined = numbers.filter((name) => !leftOut.has(name));
  return numbers.length < 2 || joined.length === 0 ? [] : [featuresField(joined, names)];
}

interface ParquetTable {
  readonly groups: readonly RowGroup[];
  readonly columns: readonly ParquetColumn[];
}

class ParquetDataset implements Dataset {
  readonly description: DatasetDescription;
  readonly files: readonly DataFile[];
  readonly #table: ParquetTable;

  constructor(description: DatasetDescription, files: readonly DataFile[], table: ParquetTable) {
    this.description = description;
    this.files = files;
    this.#table = table;
  }

  async *read(
    indices: readonly number[],
    fields: readonly FieldRequest[],
    context: ReadContext,
  ): AsyncGenerator<SampleRead, void, undefined> {
    const requested = requestedFields(this.description, fields);
    const names = new Set(requested.flatMap(({ name, columns }) => columns ?? [name]));
    const needed = this.#table.columns.filter(({ field }) => names.has(field.name));
    let at = 0;
    while (at < indices.length) {
      await context.checkpoint();
      const group = this.#groupOf(indices[at]!);
      let end = at + 1;
      while (end < indices.length && indices[end]! > indices[end - 1]! && indices[end]! < group.start + group.rows)
        end += 1;
      yield* this.#readGroup(group, indices.slice(at, end), needed, requested, context);
      at = end;
    }
  }

  #groupOf(index: number): RowGroup {
    return this.#table.groups.findLast(({ start }) => start <= index)!;
  }

  async *#readGroup(
    group: RowGroup,
    indices: readonly number[],
    columns: readonly ParquetColumn[],
    fields: readonly DataField[],
    context: ReadContext,
  ): AsyncGenerator<SampleRead, void, undefined> {
    const rows = indices.map((index) => index - group.start);
    let values: Values | null = null;
    let reason = '';
    try {
      values = await group.file.readGroup(group.group, columns, rows[0]!, rows.at(-1)! + 1);
    } catch (error) {
      reason = reasonOf(error);
    }
    for (const [at, index] of indices.entries()) {
      await context.checkpoint();
      const place = `"${group.path}", row ${rows[at]!} of row group ${group.group}`;
      if (values === null) yield { index, place, reason };
      else yield await this.#sample(index, place, values, rows[at]!, fields);
    }
  }

  async #sample(
    index: number,
    place: string,
    values: Values,
    row: number,
    fields: readonly DataField[],
  ): Promise<SampleRead> {
    const entries: [string, FieldValue][] = [];
    try {
      for (const field of fields) entries.push([field.name, await this.#value(values, row, field)]);
    } catch (error) {
      return { index, place, reason: reasonOf(error) };
    }
    return { index, values: Object.fromEntries(entries) };
  }

  #value(values: Values, row: number, field: DataField): FieldValue | Promise<FieldValue> {
    if (field.columns === undefined) {
      const column = this.#table.columns.find((candidate) => candidate.field === field)!;
      return column.convert(values.get(field.name)?.(row), field);
    }
    const data = Float64Array.from(field.columns, (name) => singleNumber(values.get(name)?.(row), name));
    return { kind: 'tensor', tensor: { dtype: 'float64', dims: [data.length], data } };
  }
}

/** Throws if there is none, and for a whole number that float64 cannot hold. */
function singleNumber(value: unknown, column: string): number {
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean') {
    throw new ParetoError('data/missing-value', `The column "${column}" has no value in this row.`);
  }
  const number = Number(value);
  if (typeof value !== 'bigint' || BigInt(number) === value) return number;
  throw new ParetoError(
    'data/range',
    `The column "${column}" contains ${value} in this row, which float64 cannot represent exactly. Name the column alone, or leave it out.`,
  );
}
