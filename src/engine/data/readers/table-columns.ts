/** Finds the roles of a table's columns from their names and values. */
import type { DataField } from '../dataset';
import { isNamedAsIndex, isNamedAsRowNumber } from '../identifier-names';
import { findCalledLabel, findEndingAsLabel } from '../label-names';

/** A column of whole numbers with more different ones is a measurement. */
const largestIntegerClassCount = 50;

export interface TableColumn {
  readonly name: string;
  readonly isNumeric: boolean;
  /** All numbers seen are whole ones. */
  readonly isInteger: boolean;
  /** True if the column identifies rows and says nothing about a sample. */
  readonly isRowNumber: boolean;
  /** Different values among those seen. */
  readonly distinct: number;
  /** True if no text occurs twice in more rows than classes would need to repeat. */
  readonly neverRepeats?: boolean;
}

/** Texts that are all different in this many rows are not classes. */
export const rowsWithoutRepeat = 20;

/** The number of rows that decide the roles of a table's columns. */
export const rowsLookedAt = 1000;

/** True if a column identifies rows, by its name and first values: an index of pandas, or numbers that count up from 0 or 1. */
export function isRowNumber(name: string, values: readonly number[]): boolean {
  if (isNamedAsIndex(name)) return true;
  const [first] = values;
  const countsUp = (first === 0 || first === 1) && values.every((value, at) => value === first + at);
  return countsUp && values.length > 2 && isNamedAsRowNumber(name);
}

/** Tells people that a column is left out. */
export function describeRowNumber({ name }: TableColumn): string {
  return `The column "${name}" only identifies rows: it is in no other field.`;
}

/**
 * Returns the column that looks like the label, or −1. A column with the name of a label comes first, then a column of
 * numbers whose name ends like one. The last column comes next, if it has repeated texts or few different whole numbers
 * and there are other columns of numbers. An identifier of rows is never the label.
 */
export function labelColumnOf(given: readonly TableColumn[]): number {
  const columns = given.filter((column) => !column.isRowNumber);
  const label = findLabel(columns);
  return label === undefined ? -1 : given.indexOf(label);
}

function findLabel(columns: readonly TableColumn[]): TableColumn | undefined {
  const named = findCalledLabel(columns) ?? findEndingAsLabel(columns.filter(({ isNumeric }) => isNumeric));
  if (named !== undefined) return named;
  const last = columns.at(-1);
  if (last === undefined || !columns.slice(0, -1).some(({ isNumeric }) => isNumeric)) return undefined;
  const isFew = last.isInteger && last.distinct <= largestIntegerClassCount;
  const fits = last.isNumeric ? isFew : last.neverRepeats !== true;
  return fits ? last : undefined;
}

/**
 * The field of all numbers of a row together, by a name that no column has: `features`, if that name is free. A mapping
 * takes the label out of it.
 */
export function featuresField(columns: readonly string[], columnNames: readonly string[]): DataField {
  let name = 'features';
  while (columnNames.includes(name)) name = `all ${name}`;
  return { name, kind: 'numbers', dtype: 'float64', shape: [columns.length], columns };
}

/** Tells people what that field contains. */
export function describeFeatures({ name, columns = [] }: DataField): string {
  const held =
    columns.length === 1 ? 'the column of numbers' : `the ${columns.length} columns of numbers in their order`;
  return `The field "${name}" contains ${held}. The column mapped as label is left out when it feeds an input.`;
}
