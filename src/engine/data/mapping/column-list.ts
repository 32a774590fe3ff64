/** Columns of a table that feed an input together: listed in the mapping, or all of them but the label. */
import { ParetoError } from '../../errors';
import type { DataField, DatasetDescription } from '../dataset';
import { isTable } from '../data-formats';
import { findField } from './find-field';
import type { ArrayChoice, DataMapping, InputMapping, LabelMapping, PerPosition } from './mapping';

/**
 * Returns the mapping with the list of columns for inputs that name the field of all numeric columns: all columns but
 * the label. Without a label in the mapping, that is the column that looks like it. `names` are those of the inputs;
 * all by default.
 */
export function withListedColumns(
  mapping: DataMapping,
  description: DatasetDescription,
  names: readonly string[] = Object.keys(mapping.inputs),
): DataMapping {
  const inputs = Object.entries(mapping.inputs).map(([name, input]): [string, InputMapping] => {
    const isListed = 'array' in input && names.includes(name);
    const columns = isListed ? columnsOf(input.array, description, mapping.labels) : undefined;
    return [name, columns === undefined ? input : { ...input, array: columns }];
  });
  return { ...mapping, inputs: Object.fromEntries(inputs) };
}

/** Returns the columns that a mapping joins, in order; `undefined` for a single field. */
export function columnsOf(
  array: ArrayChoice,
  description: DatasetDescription,
  labels: LabelMapping,
): readonly string[] | undefined {
  if (typeof array !== 'string') return array;
  const joined = description.fields.find(({ name }) => name === array)?.columns;
  const label = labelColumn(description, labels);
  return joined?.filter((column) => column !== label);
}

/** Returns these columns as a mapping writes them: the name of the field of all columns if it stands for exactly these. */
export function arrayOfColumns(
  columns: readonly string[],
  description: DatasetDescription,
  labels: LabelMapping,
): ArrayChoice {
  const joined = joinedField(description);
  const all = joined && columnsOf(joined.name, description, labels);
  const isAll = all?.length === columns.length && all.every((name, at) => name === columns[at]);
  return isAll ? joined!.name : columns;
}

/** The field of all columns of numbers of a table; `undefined` if the data has none. */
export function joinedField({ fields }: DatasetDescription): DataField | undefined {
  return fields.find(({ columns }) => columns !== undefined);
}

/** Fields that can stand in a list of columns: single numbers. */
export function listableColumns({ format, fields }: DatasetDescription): readonly DataField[] {
  return isTable(format) ? fields.filter(({ kind, shape }) => kind === 'numbers' && shape.length === 0) : [];
}

/** Throws `mapping/columns` for data that is no table, for an empty list, and for a column that does not hold single numbers. */
export function joinColumns(description: DatasetDescription, columns: readonly string[]): DataField {
  if (!isTable(description.format)) {
    throw new ParetoError(
      'mapping/columns',
      `Only table columns can be listed, and ${description.name} is not a table. Name a single array.`,
    );
  }
  if (columns.length === 0) {
    throw new ParetoError(
      'mapping/columns',
      `${description.name} has no numeric column besides the label. Choose the columns that feed the model.`,
    );
  }
  const listable = new Set(listableColumns(description).map(({ name }) => name));
  const unfit = columns.find((column) => !listable.has(column));
  if (unfit !== undefined) {
    // A missing column is reported as missing by `findField`.
    const { kind, name } = findField(description, unfit);
    const holds = kind === 'text' || kind === 'class' ? 'texts' : 'no single numbers';
    throw new ParetoError(
      'mapping/columns',
      `The column "${name}" of ${description.name} contains ${holds}. A list needs columns of numbers: leave it out.`,
    );
  }
  return { name: JSON.stringify(columns), kind: 'numbers', dtype: 'float64', shape: [columns.length], columns };
}

/** Inputs that a listed column tells the right answer, a sentence each. */
export function fedLabels({ inputs, labels }: DataMapping): readonly string[] {
  if (labels === null || !('array' in labels)) return [];
  const { array: label } = labels;
  return Object.entries(inputs).flatMap(([name, input]) =>
    'array' in input && typeof input.array !== 'string' && input.array.includes(label)
      ? `The column "${label}" is the label but also feeds input "${name}", which reveals the answer to the model. Leave it out of the columns.`
      : [],
  );
}

/** The mapping with these labels, whose column stands in no list any more, unless it is the only one there. */
export function withLabelColumn(mapping: DataMapping, labels: LabelMapping): DataMapping {
  if (labels === null || !('array' in labels)) return { ...mapping, labels };
  const inputs = Object.entries(mapping.inputs).map(([name, input]): [string, InputMapping] => {
    if (!('array' in input) || typeof input.array === 'string') return [name, input];
    const columns = input.array.filter((column) => column !== labels.array);
    return [name, columns.length === 0 ? input : withOtherColumns(input, input.array, columns)];
  });
  return { ...mapping, labels, inputs: Object.fromEntries(inputs) };
}

/**
 * Returns the mapping of an input with other columns than `before`. A column keeps its mean and deviation, and a new
 * one is not scaled.
 */
export function withOtherColumns(
  mapping: Extract<InputMapping, { readonly array: ArrayChoice }>,
  before: readonly string[],
  columns: readonly string[],
): InputMapping {
  const placeOf = new Map(before.map((column, place) => [column, place]));
  const moved = (numbers: PerPosition | undefined, neutral: number): PerPosition | undefined =>
    typeof numbers !== 'object' || numbers.length !== before.length
      ? numbers
      : columns.map((column) => numbers[placeOf.get(column) ?? -1] ?? neutral);
  const [scale, offset] = [moved(mapping.scale, 1), moved(mapping.offset, 0)];
  return { array: columns, ...(scale !== undefined && { scale }), ...(offset !== undefined && { offset }) };
}

/**
 * Columns that are fed unchanged although other columns of the input have numbers of their own. They were probably
 * forgotten.
 */
export function unscaledColumns(
  { scale, offset }: Extract<InputMapping, { readonly array: ArrayChoice }>,
  columns: readonly string[],
): readonly string[] {
  const at = (numbers: PerPosition | undefined, place: number): number | undefined =>
    typeof numbers === 'object' ? numbers[place] : numbers;
  const unscaled = columns.filter((_, place) => (at(scale, place) ?? 1) === 1 && (at(offset, place) ?? 0) === 0);
  return unscaled.length < columns.length ? unscaled : [];
}

function labelColumn({ fields }: DatasetDescription, labels: LabelMapping): string | undefined {
  if (labels !== null) return 'array' in labels ? labels.array : undefined;
  return fields.find(({ looksLikeLabel }) => looksLikeLabel)?.name;
}
