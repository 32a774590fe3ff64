/** Arrays whose rows (first axis) are read a few at a time, wherever they lie. */
import { ParetoError } from '../../errors';
import type { ByteSource } from '../../onnx/byte-source';
import type { DataField, ReadContext } from '../dataset';
import type { FeedData } from '../feeds';
import { decodeElements, type ElementType } from './element-type';
import { reopenedSource, seekSource } from './archives/inflated-source';
import { productOf } from '../../product-of';

export interface RowArray {
  readonly field: DataField;
  /** Names file and array, for sentences: `"x.npy" in "data.npz"`. */
  readonly title: string;
  readonly rows: number;
  readonly rowBytes: number;
  /** Starts a reading of its own; it goes fastest forwards. */
  open(): RowCursor;
}

export interface RowCursor {
  /** The elements of rows `start` to `start + count`, one row after the other. The data belongs to the caller. */
  read(start: number, count: number, context: ReadContext): Promise<FeedData>;
}

export interface ArrayContent {
  readonly name: string;
  readonly title: string;
  readonly type: ElementType;
  /** The shape with the first axis. */
  readonly shape: readonly number[];
  /** Exactly the elements. */
  readonly source: ByteSource;
  /** The first axis changes fastest, as in Fortran. */
  readonly columnMajor: boolean;
}

/** A model is not fed a sample larger than this. Reading it takes twice as much memory for a moment. */
const largestRowBytes = 2 ** 28;
/** Each block of a column-major array takes a walk through the whole array: few, large ones. */
const columnMajorBlockBytes = 1 << 25;
const columnsReadBytes = 1 << 22;

/** The rows of an array of at least one axis. Throws `data/empty` for rows without values, `data/too-large` for those over 256 MB. */
export function rowArray(content: ArrayContent): RowArray {
  const { name, title, type, shape, columnMajor } = content;
  const rowShape = shape.slice(1);
  const rowBytes = productOf(rowShape) * type.widthBytes;
  if (rowBytes === 0) {
    throw new ParetoError('data/empty', `The rows of ${title} contain no values. Use an array with values.`);
  }
  if (rowBytes > largestRowBytes) {
    throw new ParetoError(
      'data/too-large',
      `One sample of ${title} is larger than 256 MB. Split it along its first axis.`,
    );
  }
  const transposed = columnMajor && productOf(rowShape) > 1;
  return {
    field: { name, kind: type.dtype === 'string' ? 'text' : 'numbers', dtype: type.dtype, shape: rowShape },
    title,
    rows: shape[0]!,
    rowBytes,
    open: () => {
      const source = reopenedSource(content.source);
      return transposed ? new ColumnMajorCursor({ ...content, source }) : new RowMajorCursor(source, type, rowBytes);
    },
  };
}

class RowMajorCursor implements RowCursor {
  readonly #source: ByteSource;
  readonly #type: ElementType;
  readonly #rowBytes: number;

  constructor(source: ByteSource, type: ElementType, rowBytes: number) {
    this.#source = source;
    this.#type = type;
    this.#rowBytes = rowBytes;
  }

  async read(start: number, count: number, context: ReadContext): Promise<FeedData> {
    await seekSource(this.#source, start * this.#rowBytes, context);
    return decodeElements(this.#source.read(start * this.#rowBytes, (start + count) * this.#rowBytes), this.#type);
  }
}

/** Keeps the block of rows that it read last: each takes a walk through the whole array. */
class ColumnMajorCursor implements RowCursor {
  readonly #source: ByteSource;
  readonly #type: ElementType;
  readonly #rows: number;
  /** The row-major position of each element of a row, by its column-major position. */
  readonly #places: Uint32Array;
  #block: { readonly start: number; readonly end: number; readonly data: FeedData } | undefined;

  constructor({ source, type, shape }: ArrayContent) {
    this.#source = source;
    this.#type = type;
    this.#rows = shape[0]!;
    this.#places = rowMajorPlaces(shape.slice(1));
  }

  async read(start: number, count: number, context: ReadContext): Promise<FeedData> {
    const columns = this.#places.length;
    if (this.#block === undefined || start < this.#block.start || start + count > this.#block.end) {
      const blockRows = Math.floor(columnMajorBlockBytes / (columns * this.#type.widthBytes));
      const end = Math.min(this.#rows, start + Math.max(count, blockRows));
      this.#block = undefined;
      this.#block = { start, end, data: await this.#readBlock(start, end - start, context) };
    }
    const { start: blockStart, data } = this.#block;
    return data.slice((start - blockStart) * columns, (start - blockStart + count) * columns);
  }

  async #readBlock(start: number, count: number, context: ReadContext): Promise<FeedData> {
    const columns = this.#places.length;
    const { widthBytes } = this.#type;
    const columnBytes = this.#rows * widthBytes;
    const columnsAtOnce = Math.max(1, Math.floor(columnsReadBytes / columnBytes));
    const target = decodeElements(new Uint8Array(columns * count * widthBytes), this.#type) as FeedElement[];
    for (let column = 0; column < columns; column += columnsAtOnce) {
      const last = Math.min(columns, column + columnsAtOnce) - 1;
      // One read covers the first wanted element of the first column up to the last one of the last column.
      const from = column * columnBytes + start * widthBytes;
      const to = last * columnBytes + (start + count) * widthBytes;
      await seekSource(this.#source, from, context);
      const values = decodeElements(this.#source.read(from, to), this.#type) as readonly FeedElement[];
      for (let each = column; each <= last; each++) {
        const valuesStart = (each - column) * this.#rows;
        const place = this.#places[each]!;
        for (let row = 0; row < count; row++) target[row * columns + place] = values[valuesStart + row]!;
      }
      await context.checkpoint();
    }
    return target as unknown as FeedData;
  }
}

/** An element of a typed array or a list of texts. An array holds only one of these kinds. */
type FeedElement = number | bigint | string;

function rowMajorPlaces(shape: readonly number[]): Uint32Array {
  const places = new Uint32Array(productOf(shape));
  const strides = shape.map((_, axis) => productOf(shape.slice(axis + 1)));
  const index = shape.map(() => 0);
  let place = 0;
  for (let at = 0; at < places.length; at++) {
    places[at] = place;
    // Counts up with the first axis changing fastest.
    for (let axis = 0; axis < shape.length; axis++) {
      index[axis]!++;
      place += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      place -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return places;
}
