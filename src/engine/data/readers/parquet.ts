/** Parquet files, also those of Hugging Face's `datasets` with pictures, sounds and class labels. */
import { ParetoError } from '../../errors';
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
} from '../dataset';
import { parseFeatures } from './huggingface-features';
import { listShape, numbersValue, parquetColumn, type ParquetColumn } from './parquet-column';
import { ParquetFile } from './parquet-file';
import { requestedFields } from './requested-fields';
import { describeFeatures, featuresField, labelColumnOf } from './table-columns';
import { TextClasses } from './text-classes';
import { reasonOf } from './unreadable-sample';

/** Shapes of lists are told from the first row group where it is no larger. */
const largestLookBytes = 2 ** 27;
/** Texts are read for the classes that they may be up to so many bytes of a column. */
const largestTextBytes = 2 ** 25;

type Values = ReadonlyMap<string, (row: number) => unknown>;

/** A row group among those of all files. */
interface Group {
  readonly file: ParquetFile;
  readonly path: string;
  readonly group: number;
  /** The first of its samples. */
  readonly start: number;
  readonly rows: number;
}

/**
 * The rows of Parquet files as samples; several files are the parts of one table, in the order of their names. Fields are
 * the columns: numbers, lists of numbers (their shape from the first row group), text, pictures and sounds as files with
 * or without a path, class labels with names where the metadata has them, or from the texts of a column that looks like
 * the label; and, as in a text table, all single numbers of a row (named `features` where no column is). Reads the footers, the first row group's lists, and columns of texts, which may be
 * classes.
 *
 * Row groups are read one at a time. A missing value is an unreadable sample of the fields that need it.
 */
export async function openParquet(
  files: readonly DataFile[],
  name: string,
  decoder: PictureDecoder,
  context: ReadContext,
): Promise<Dataset> {
  const groups: Group[] = [];
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
    throw new ParetoError('data/empty', `There is no column in "${name}" that a model can be fed with.`);
  }
  const columns = await withLabels(await withShapes(usable, first), groups, context);
  const features = joinedFields(columns);
  const fields = [...columns.map(({ field }) => field), ...features];
  const sizeBytes = files.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  const allNotes = [...notes, ...features.map(describeFeatures)];
  const description = { name, format: 'parquet', samples, fields, sizeBytes, notes: allNotes } as const;
  return new ParquetDataset(description, files, { groups, columns });
}

function assertSameColumns(first: ParquetFile | undefined, other: ParquetFile, { path }: DataFile): void {
  const names = ({ schema }: ParquetFile): string => schema.children.map(({ element }) => element.name).join(', ');
  if (first !== undefined && names(first) !== names(other)) {
    throw new ParetoError(
      'data/columns',
      `"${path}" has the columns ${names(other)}, and the first file ${names(first)}: they are not parts of one table. Open one of them.`,
    );
  }
}

/** Columns of lists with the shape that all rows of the first row group have; `null` along axes where they differ. */
async function withShapes(columns: readonly ParquetColumn[], first: Group): Promise<readonly ParquetColumn[]> {
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

/**
 * The columns, that of the label marked as such where it has numbers, and those of texts with the classes that they may be;
 * the label becomes one of classes then.
 */
async function withLabels(
  columns: readonly ParquetColumn[],
  groups: readonly Group[],
  context: ReadContext,
): Promise<readonly ParquetColumn[]> {
  const label = columns[labelOf(columns)];
  const labelled: ParquetColumn[] = [];
  for (const column of columns) {
    if (column === label && isSingleNumber(column)) {
      labelled.push({ ...column, field: { ...column.field, looksLikeLabel: true } });
      continue;
    }
    const classes = column.field.kind === 'text' ? await classesOf(column, groups, context) : undefined;
    if (classes === undefined) labelled.push(column);
    else if (column === label) labelled.push(classColumn(column, classes));
    else labelled.push({ ...column, field: { ...column.field, classes } });
  }
  return labelled;
}

async function classesOf(
  column: ParquetColumn,
  groups: readonly Group[],
  context: ReadContext,
): Promise<readonly string[] | undefined> {
  const sizeBytes = groups.reduce((sum, { file, group }) => sum + file.sizeBytes(group, [column]), 0);
  if (sizeBytes > largestTextBytes) return undefined;
  const texts = new TextClasses();
  for (const { file, group, rows } of groups) {
    await context.checkpoint();
    try {
      const values = (await file.readGroup(group, [column], 0, rows)).get(column.field.name);
      for (let row = 0; row < rows && !texts.areTooMany; row++) {
        const text = values?.(row);
        if (typeof text === 'string') texts.add(text);
      }
    } catch (error) {
      // The samples say so when they are read.
      reasonOf(error);
    }
    if (texts.areTooMany) break;
  }
  return texts.sorted;
}

function classColumn(column: ParquetColumn, classes: readonly string[]): ParquetColumn {
  const numbers = new Map(classes.map((text, at) => [text, BigInt(at)]));
  return {
    ...column,
    field: { name: column.field.name, kind: 'class', dtype: 'int64', shape: [], classes },
    convert: (value, field) => numbersValue(numbers.get(String(value).trim()), field),
  };
}

function labelOf(columns: readonly ParquetColumn[]): number {
  return labelColumnOf(
    columns.map((column) => ({
      name: column.field.name,
      isNumeric: isSingleNumber(column),
      isInteger: /int/.test(column.field.dtype),
      // Nobody looked at the values.
      distinct: 0,
    })),
  );
}

function isSingleNumber({ field, rank }: ParquetColumn): boolean {
  return field.kind === 'numbers' && rank === 0;
}

/** One field of all single numbers, where there are several. */
function joinedFields(columns: readonly ParquetColumn[]): readonly DataField[] {
  const names = (chosen: readonly ParquetColumn[]): readonly string[] => chosen.map(({ field }) => field.name);
  const numbers = columns.filter(isSingleNumber);
  return numbers.length < 2 ? [] : [featuresField(names(numbers), names(columns))];
}

interface ParquetTable {
  readonly groups: readonly Group[];
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

  #groupOf(index: number): Group {
    return this.#table.groups.findLast(({ start }) => start <= index)!;
  }

  async *#readGroup(
    group: Group,
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

/** Throws where there is none, and for a whole number that float64 cannot hold. */
function singleNumber(value: unknown, column: string): number {
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean') {
    throw new ParetoError('data/missing-value', `The column "${column}" has no value in this row.`);
  }
  const number = Number(value);
  if (typeof value !== 'bigint' || BigInt(number) === value) return number;
  throw new ParetoError(
    'data/range',
    `The column "${column}" has ${value} in this row, which float64 cannot hold. Name the column alone, or leave it out.`,
  );
}
