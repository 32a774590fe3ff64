/** Selects the columns of a table that feed an input, and updates the mapping when a person changes them. Pure. */
import type { DatasetDescription } from '../../../engine/data/dataset';
import { arrayOfColumns, columnsOf, listableColumns } from '../../../engine/data/mapping/column-list';
import type { ArrayChoice, LabelMapping } from '../../../engine/data/mapping/mapping';

export interface ColumnChoice {
  readonly name: string;
  readonly isFed: boolean;
  readonly isLabel: boolean;
}

interface TableUse {
  readonly description: DatasetDescription;
  readonly labels: LabelMapping;
}

/** The columns of numbers in the order of the table; `undefined` for an input that takes a single field. */
export function columnChoices(
  array: ArrayChoice,
  { description, labels }: TableUse,
): readonly ColumnChoice[] | undefined {
  const fed = columnsOf(array, description, labels);
  if (fed === undefined) return undefined;
  const isFed = new Set(fed);
  const label = labels !== null && 'array' in labels ? labels.array : undefined;
  return listableColumns(description).map(({ name }) => ({ name, isFed: isFed.has(name), isLabel: name === label }));
}

/** Adds or removes a column. A new one goes to its place in the table, or last if the list has an order of its own. */
export function withColumn(array: ArrayChoice, column: string, isFed: boolean, use: TableUse): ArrayChoice {
  const { description, labels } = use;
  const before = columnsOf(array, description, labels) ?? [];
  const others = before.filter((name) => name !== column);
  if (!isFed) return arrayOfColumns(others, description, labels);
  const table = new Map(listableColumns(description).map(({ name }, place) => [name, place]));
  const placeOf = (name: string): number => table.get(name) ?? table.size;
  const isInOrder = others.every((name, at) => at === 0 || placeOf(others[at - 1]!) < placeOf(name));
  const next = [...others, column];
  return arrayOfColumns(isInOrder ? next.toSorted((a, b) => placeOf(a) - placeOf(b)) : next, description, labels);
}
