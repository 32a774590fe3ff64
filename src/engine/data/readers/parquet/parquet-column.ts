/** Describes the columns of a Parquet file, and converts their values to those of a sample. */
import type { SchemaElement, SchemaTree } from 'hyparquet';
import { ParetoError } from '../../../errors';
import type { DataField, FieldValue, PictureDecoder } from '../../dataset';
import type { FeedData } from '../../feeds';
import { decodePicture } from '../../pictures/decode-picture';
import { decodeWav } from '../../sounds/decode-wav';
import { decodeElements, numericType } from '../element-type';
import type { ColumnFeature } from './huggingface-features';
import type { ColumnLevels } from './parquet-pages';
import { ownValue } from '../../../own-value';
import { productOf } from '../../../product-of';

export interface ParquetColumn {
  readonly field: DataField;
  /** The columns of values below it, by their paths joined with dots. */
  readonly leaves: ReadonlyMap<string, ColumnLevels>;
  /** Lists in lists: 0 for a single value. */
  readonly rank: number;
  /** A value as hyparquet gives it. Throws a ParetoError for one that is missing or does not fit the field. */
  convert(value: unknown, field: DataField): FieldValue | Promise<FieldValue>;
}

const largestElementCount = 2 ** 27;

/** A column as a field, or a sentence that says why it is left out. Shapes of lists are `null` until rows are seen. */
export function parquetColumn(
  node: SchemaTree,
  feature: ColumnFeature | undefined,
  decoder: PictureDecoder,
): ParquetColumn | string {
  const { name } = node.element;
  const leaves = leavesOf(node);
  const media = mediaColumn(node, feature, decoder);
  if (media !== null) return { ...media, leaves, rank: 0 };
  const list = innermost(node);
  const dtype = list === null ? null : scalarType(list.leaf.element);
  if (list === null || dtype === null) {
    return `Left out the column "${name}": it contains neither numbers nor texts, images or sounds.`;
  }
  const { rank } = list;
  if (dtype === 'string') {
    if (rank > 0) return `Left out the column "${name}": it contains lists of texts.`;
    return { field: { name, kind: 'text', dtype, shape: [] }, leaves, rank, convert: textValue };
  }
  const classes = rank === 0 ? feature?.classes : undefined;
  const shape = Array.from({ length: rank }, () => null);
  const field: DataField =
    classes === undefined
      ? { name, kind: 'numbers', dtype, shape }
      : { name, kind: 'class', dtype: 'int64', shape, classes, areClassesDeclared: true };
  return { field, leaves, rank, convert: numbersValue };
}

/** Sizes along the axes of lists in lists, from the first element of each. */
export function listShape(value: unknown, rank: number): readonly number[] {
  const shape: number[] = [];
  let list = value;
  for (let axis = 0; axis < rank; axis++) {
    const items = isList(list) ? list : [];
    shape.push(items.length);
    list = items[0];
  }
  return shape;
}

function leavesOf(node: SchemaTree): ReadonlyMap<string, ColumnLevels> {
  const leaves = new Map<string, ColumnLevels>();
  const visit = ({ element, children, path }: SchemaTree, above: ColumnLevels): void => {
    const levels = {
      definition: above.definition + (element.repetition_type === 'REQUIRED' ? 0 : 1),
      repetition: above.repetition + (element.repetition_type === 'REPEATED' ? 1 : 0),
    };
    if (children.length === 0) leaves.set(path.join('.'), levels);
    else for (const child of children) visit(child, levels);
  };
  visit(node, { definition: 0, repetition: 0 });
  return leaves;
}

/** The values in lists in lists; `null` for structures and maps. */
function innermost(node: SchemaTree): { leaf: SchemaTree; rank: number } | null {
  let leaf = node;
  let rank = 0;
  for (;;) {
    const { element, children } = leaf;
    if (element.repetition_type === 'REPEATED' && leaf === node) rank += 1;
    if (children.length === 0) return { leaf, rank };
    const holdsList = element.converted_type === 'LIST' && children.length === 1;
    const repeated = children[0]!;
    if (!holdsList || repeated.element.repetition_type !== 'REPEATED' || repeated.children.length > 1) return null;
    rank += 1;
    // Old writers have the values in the repeated group itself.
    leaf = repeated.children[0] ?? repeated;
  }
}

const integerTypes: Readonly<Record<string, string>> = {
  INT_8: 'int8',
  INT_16: 'int16',
  INT_32: 'int32',
  INT_64: 'int64',
  UINT_8: 'uint8',
  UINT_16: 'uint16',
  UINT_32: 'uint32',
  UINT_64: 'uint64',
};

const plainTypes: Readonly<Record<string, string>> = {
  BOOLEAN: 'bool',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT: 'float32',
  DOUBLE: 'float64',
};

/** Returns `string`, an element type of `FeedTensor`, or `null` for any other type. */
function scalarType({ type, converted_type: converted, logical_type: logical }: SchemaElement): string | null {
  if (logical?.type === 'FLOAT16') return 'float32';
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return 'float64';
  if (type === 'BYTE_ARRAY') {
    return converted === 'UTF8' || converted === 'ENUM' || logical?.type === 'STRING' ? 'string' : null;
  }
  if (logical?.type === 'INTEGER') return `${logical.isSigned ? '' : 'u'}int${logical.bitWidth}`;
  if (converted !== undefined) return ownValue(integerTypes, converted) ?? null;
  return logical === undefined ? (ownValue(plainTypes, type ?? '') ?? null) : null;
}

/** A picture or a sound in a file of its own: as bytes, or as `datasets` keeps it, with the file's path. */
function mediaColumn(
  node: SchemaTree,
  feature: ColumnFeature | undefined,
  decoder: PictureDecoder,
): Pick<ParquetColumn, 'field' | 'convert'> | null {
  const { element, children } = node;
  const { name } = element;
  const bytes = children.find((child) => child.element.name === 'bytes')?.element;
  const isFile = bytes?.type === 'BYTE_ARRAY' && children.length === 2;
  const isBytes = children.length === 0 && element.type === 'BYTE_ARRAY' && scalarType(element) === null;
  if (!isFile && !(isBytes && /image|img|picture|photo|audio|sound/i.test(name))) return null;
  if (feature?.type === 'Audio' || (feature === undefined && /audio|sound/i.test(name))) {
    return {
      field: { name, kind: 'sound', dtype: 'float32', shape: [null] },
      convert: (value) => ({ kind: 'sound', sound: decodeWav(mediaBytes(value, name)) }),
    };
  }
  return {
    field: { name, kind: 'picture', dtype: 'uint8', shape: [null, null, null] },
    convert: async (value) => ({ kind: 'picture', picture: await decodePicture(mediaBytes(value, name), decoder) }),
  };
}

function mediaBytes(value: unknown, name: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const { bytes, path } = (value ?? {}) as { readonly bytes?: unknown; readonly path?: unknown };
  if (bytes instanceof Uint8Array) return bytes;
  throw new ParetoError(
    'data/missing-value',
    typeof path === 'string'
      ? `The column "${name}" only names the file "${path.slice(0, 200)}", which is not in the data.`
      : `The column "${name}" has no value in this row.`,
  );
}

function textValue(value: unknown, { name, dtype }: DataField): FieldValue {
  if (typeof value !== 'string') throw missing(name);
  return { kind: 'tensor', tensor: { dtype, dims: [], data: [value] } };
}

/** Numbers, also in lists in lists, in the type of the field. Throws a ParetoError for none and for other shapes. */
export function numbersValue(value: unknown, { name, dtype, shape }: DataField): FieldValue {
  const dims = listShape(value, shape.length);
  if (shape.some((size, axis) => size !== null && size !== dims[axis])) {
    throw new ParetoError(
      'data/shape',
      `The column "${name}" has values of shape [${dims.join(', ')}] here, and [${shape.join(', ')}] elsewhere.`,
    );
  }
  const count = productOf(dims);
  if (count > largestElementCount)
    throw new ParetoError('data/too-large', `The column "${name}" has too many values here.`);
  const type = numericType(dtype);
  if (type === undefined) throw missing(name);
  const data = decodeElements(new Uint8Array(count * type.widthBytes), type) as unknown as (number | bigint)[];
  const isBig = dtype === 'int64' || dtype === 'uint64';
  let at = 0;
  const fill = (item: unknown, axis: number): void => {
    if (axis < dims.length) {
      if (!isList(item) || item.length !== dims[axis]) throw ragged(name);
      for (let each = 0; each < item.length; each++) fill(item[each], axis + 1);
      return;
    }
    if (typeof item !== 'number' && typeof item !== 'bigint' && typeof item !== 'boolean') throw missing(name);
    data[at++] = isBig ? BigInt(item) : Number(item);
  };
  fill(value, 0);
  return { kind: 'tensor', tensor: { dtype, dims, data: data as unknown as FeedData } };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function missing(name: string): ParetoError {
  return new ParetoError('data/missing-value', `The column "${name}" has no value in this row.`);
}

function ragged(name: string): ParetoError {
  return new ParetoError('data/shape', `The column "${name}" contains lists of different lengths in this row.`);
}
