/** Finds the roles of columns of Parquet files from their names and first values, as for a text table. */
import type { ReadContext } from '../../dataset';
import { isNamedAsRowNumber } from '../../identifier-names';
import { numbersValue, type ParquetColumn } from './parquet-column';
import type { RowGroup } from './parquet-file';
import { isRowNumber, labelColumnOf, rowsLookedAt, rowsWithoutRepeat, type TableColumn } from '../table-columns';
import { TextClasses } from '../text-classes';
import { reasonOf } from '../unreadable-sample';

/** A column is looked at only if it takes no more in the first row group. */
export const largestLookBytes = 2 ** 27;
/** The most bytes of a column of texts that are read for classes. */
const largestTextBytes = 2 ** 25;

export interface ColumnRoles {
  /**
   * The label is marked if it has numbers, and otherwise becomes a column of classes. Other columns of texts have the
   * classes that they may stand for.
   */
  readonly columns: readonly ParquetColumn[];
  /** The columns that identify rows. */
  readonly rowNumbers: readonly TableColumn[];
}

/** Reads the columns of texts, and the first rows of those columns of numbers that may be the label or tell rows apart. */
export async function findRoles(
  columns: readonly ParquetColumn[],
  groups: readonly RowGroup[],
  context: ReadContext,
): Promise<ColumnRoles> {
  const seen: SeenColumn[] = [];
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const last = columns.findLast(({ field }) => !isNamedAsRowNumber(field.name));
  for (const column of columns) {
    await context.checkpoint();
    // The name of any other column of numbers decides its role.
    const isUnclear = column === last || isNamedAsRowNumber(column.field.name);
    const texts = column.field.kind === 'text' ? await gatherTexts(column, groups, context) : undefined;
    const numbers = isUnclear && isSingleNumber(column) ? await firstNumbers(column, groups[0]!) : texts?.numbers;
    seen.push({ column, about: tableColumnOf(column, texts, numbers, rows), ...(texts && { texts }) });
  }
  const described = seen.map(({ about }) => about);
  const label = labelColumnOf(described);
  return {
    columns: seen.map(({ column, texts }, at) => withRole(column, texts, at === label)),
    rowNumbers: described.filter((about) => about.isRowNumber),
  };
}

/** True for a column with one number in each row. */
export function isSingleNumber({ field, rank }: ParquetColumn): boolean {
  return field.kind === 'numbers' && rank === 0;
}

interface SeenColumn {
  readonly column: ParquetColumn;
  readonly about: TableColumn;
  /** The classes of a column of texts. */
  readonly texts?: TextClasses;
}

function tableColumnOf(
  column: ParquetColumn,
  texts: TextClasses | undefined,
  numbers: readonly number[] | undefined,
  rows: number,
): TableColumn {
  const { name } = column.field;
  return {
    name,
    isNumeric: isSingleNumber(column) || texts?.numbers !== undefined,
    isInteger: numbers !== undefined && numbers.every(Number.isInteger),
    isRowNumber: isRowNumber(name, texts === undefined && numbers !== undefined ? numbers : []),
    distinct: new Set(numbers).size,
    neverRepeats: rows >= rowsWithoutRepeat && texts?.count === rows,
  };
}

/** The values of a column's first rows but for missing ones; `undefined` if they cannot be read. */
async function firstNumbers(column: ParquetColumn, first: RowGroup): Promise<readonly number[] | undefined> {
  try {
    if (first.file.sizeBytes(first.group, [column]) > largestLookBytes) return undefined;
    const rows = Math.min(first.rows, rowsLookedAt);
    const value = (await first.file.readGroup(first.group, [column], 0, rows)).get(column.field.name);
    const values = Array.from({ length: rows }, (_, row) => value?.(row));
    return values.filter((each) => each !== null && each !== undefined).map(Number);
  } catch (error) {
    // The samples say so when they are read.
    reasonOf(error);
    return undefined;
  }
}

async function gatherTexts(
  column: ParquetColumn,
  groups: readonly RowGroup[],
  context: ReadContext,
): Promise<TextClasses> {
  const texts = new TextClasses();
  const sizeBytes = groups.reduce((sum, { file, group }) => sum + file.sizeBytes(group, [column]), 0);
  if (sizeBytes > largestTextBytes) return texts;
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
  return texts;
}

function withRole(column: ParquetColumn, texts: TextClasses | undefined, isLabel: boolean): ParquetColumn {
  const { classes, areNumbers } = texts?.described ?? {};
  if (isLabel && classes !== undefined) return classColumn(column, classes);
  const looksLikeLabel = isLabel && (isSingleNumber(column) || areNumbers === true);
  const more = {
    ...(classes && { classes }),
    ...(areNumbers && { areNumbers }),
    ...(looksLikeLabel && { looksLikeLabel }),
  };
  return { ...column, field: { ...column.field, ...more } };
}

function classColumn(column: ParquetColumn, classes: readonly string[]): ParquetColumn {
  const numbers = new Map(classes.map((text, at) => [text, BigInt(at)]));
  return {
    ...column,
    field: { name: column.field.name, kind: 'class', dtype: 'int64', shape: [], classes },
    convert: (value, field) => numbersValue(numbers.get(String(value).trim()), field),
  };
}
