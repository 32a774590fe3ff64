/** What the columns of a table are for, told from their names and values. */
import type { DataField } from '../dataset';
import { findCalledLabel, findEndingAsLabel } from '../label-names';

/** A column of whole numbers with more different ones is a measurement. */
const largestIntegerClassCount = 50;

export interface TableColumn {
  readonly name: string;
  readonly isNumeric: boolean;
  readonly isInteger: boolean;
  readonly distinct: number;
}

/**
 * The column that looks like the label, −1 for none: one that is called so; else one of numbers whose name ends so; else
 * the last one, if it has text or few different whole numbers and there are other columns of numbers.
 */
export function labelColumnOf(columns: readonly TableColumn[]): number {
  const named = findCalledLabel(columns) ?? findEndingAsLabel(columns.filter(({ isNumeric }) => isNumeric));
  if (named !== undefined) return columns.indexOf(named);
  const last = columns.at(-1);
  if (last === undefined || !columns.slice(0, -1).some(({ isNumeric }) => isNumeric)) return -1;
  const fits = last.isNumeric ? last.isInteger && last.distinct <= largestIntegerClassCount : true;
  return fits ? columns.length - 1 : -1;
}

/**
 * The field of all numbers of a row together, by a name that no column has: `features`, where it is free. A mapping takes
 * the label out of it.
 */
export function featuresField(columns: readonly string[], columnNames: readonly string[]): DataField {
  let name = 'features';
  while (columnNames.includes(name)) name = `all ${name}`;
  return { name, kind: 'numbers', dtype: 'float64', shape: [columns.length], columns };
}

/** For people: what that field holds. */
export function describeFeatures({ name, columns = [] }: DataField): string {
  const held =
    columns.length === 1 ? 'the column of numbers' : `the ${columns.length} columns of numbers in their order`;
  return `The field "${name}" holds ${held}. The one that is mapped as the label is left out when it feeds an input.`;
}
