/** Inputs that are fed numbers whose scale a model was trained with, and no file says: pixels, and columns. */
import type { DataField, DatasetDescription } from '../dataset';
import { columnsOf } from './column-list';
import { mostListedColumns, type DataMapping, type InputMapping } from './mapping';
import { isPictureShape } from './picture-of-tensor';

/** Rows of fewer bytes are counts or codes. */
const fewestPixels = 64;

/** Returns the inputs of pixels or columns of numbers for which no scaling was written down. */
export function scalableInputs(mapping: DataMapping, description: DatasetDescription): readonly string[] {
  return Object.entries(mapping.inputs).flatMap(([name, input]) =>
    scalableKind(input, description) === undefined ? [] : [name],
  );
}

/**
 * Returns `pixels` for pictures and arrays of bytes, and `columns` for columns of a table and arrays with one axis.
 * Recorded ONNX test data is never scaled.
 */
export function scalableKind(input: InputMapping, description: DatasetDescription): 'pixels' | 'columns' | undefined {
  if ('image' in input) return 'pixels';
  if (!('array' in input) || description.format === 'onnx-test-data') return undefined;
  if (typeof input.array !== 'string') return 'columns';
  const field = fieldOf(input.array, description);
  if (field?.kind !== 'numbers') return undefined;
  if (field.columns !== undefined) return 'columns';
  const elements = field.shape.reduce<number>((product, size) => product * (size ?? 1), 1);
  if (field.dtype === 'uint8' && elements >= fewestPixels) return 'pixels';
  const [size] = field.shape;
  const isRow = field.shape.length === 1 && typeof size === 'number' && size <= mostListedColumns;
  return isRow ? 'columns' : undefined;
}

/** True if some of these inputs are fed pixels. */
export function hasPixels(mapping: DataMapping, description: DatasetDescription, names: readonly string[]): boolean {
  return names.some((name) => scalableKind(mapping.inputs[name]!, description) === 'pixels');
}

export interface OwnNumbers {
  /** One for each channel or column. */
  readonly count: number;
  /** The number of consecutive elements with the same scaling. Absent: the layout of the input determines it. */
  readonly inner?: number;
}

/** Returns how many own numbers scale such an input. */
export function ownNumbersOf(
  { inputs, labels }: DataMapping,
  name: string,
  description: DatasetDescription,
): OwnNumbers {
  const input = inputs[name]!;
  if ('image' in input) return { count: input.image.channels === 'gray' ? 1 : 3 };
  if (!('array' in input)) return { count: 1, inner: 1 };
  const columns = columnsOf(input.array, description, labels);
  if (columns !== undefined) return { count: columns.length, inner: 1 };
  const { shape } = fieldOf(input.array as string, description)!;
  if (scalableKind(input, description) === 'columns') return { count: shape[0]!, inner: 1 };
  return colorNumbers(shape) ?? { count: 1, inner: 1 };
}

/** Counts the channels of an array of bytes with three or four of them. */
function colorNumbers(shape: readonly (number | null)[]): OwnNumbers | undefined {
  const [first, second, third] = shape;
  if (shape.length !== 3 || !isPictureShape(shape)) return undefined;
  if (isColors(third)) return { count: third, inner: 1 };
  const isKnown = typeof second === 'number' && typeof third === 'number';
  return isColors(first) && isKnown ? { count: first, inner: second * third } : undefined;
}

function isColors(size: number | null | undefined): size is 3 | 4 {
  return size === 3 || size === 4;
}

function fieldOf(name: string, { fields }: DatasetDescription): DataField | undefined {
  return fields.find((field) => field.name === name);
}
