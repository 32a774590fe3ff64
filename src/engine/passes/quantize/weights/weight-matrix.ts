/** A weight as the matrix that a layer multiplies with: one row for each output, one column for each number that it sums up. */

export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
  /** The order in the tensor: `rows` one after the other, as in Conv, or `columns`, as in the second operand of MatMul. */
  readonly storedBy: 'rows' | 'columns';
  /** The number of columns of a row that lie together in stored columns, as in kernels of ConvTranspose. Absent: 1. */
  readonly together?: number;
}

/**
 * Converts from the order of the tensor to row by row, [rows, columns]. The result may be `values` themselves: do not
 * write to it.
 */
export function inRows(values: Float32Array, shape: MatrixShape): Float32Array {
  const { rows, columns, storedBy, together = 1 } = shape;
  return storedBy === 'rows' ? values : transposed(values, columns / together, rows, together);
}

/** Converts from row by row back to the order of the tensor. */
export function inStoredOrder<Values extends Float32Array | Uint8Array>(values: Values, shape: MatrixShape): Values {
  const { rows, columns, storedBy, together = 1 } = shape;
  return storedBy === 'rows' ? values : transposed(values, rows, columns / together, together);
}

/** @param together numbers that stay beside each other. */
function transposed<Values extends Float32Array | Uint8Array>(
  values: Values,
  rows: number,
  columns: number,
  together: number,
): Values {
  if (together > 1) return transposedKernels(values, rows, columns, together);
  const result = values.slice() as Values;
  // The loop copies squares, so that neither side leaves the cache.
  const side = 64;
  for (let top = 0; top < rows; top += side) {
    const bottom = Math.min(rows, top + side);
    for (let left = 0; left < columns; left += side) {
      const right = Math.min(columns, left + side);
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1) {
          result[column * rows + row] = values[row * columns + column]!;
        }
      }
    }
  }
  return result;
}

function transposedKernels<Values extends Float32Array | Uint8Array>(
  values: Values,
  rows: number,
  columns: number,
  together: number,
): Values {
  const result = values.slice() as Values;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const from = (row * columns + column) * together;
      const to = (column * rows + row) * together;
      for (let at = 0; at < together; at += 1) result[to + at] = values[from + at]!;
    }
  }
  return result;
}

/** Rows that lie side by side where columns are stored: what is loaded with one of a column's numbers holds the others. */
const rowsTogether = 8;

/** Some rows, evenly spread, with at most about this many values. */
export class RowSample {
  readonly indices: readonly number[];
  /** [indices, columns]. */
  readonly values: Float32Array;
  readonly #shape: MatrixShape;

  constructor(shape: MatrixShape, most: number) {
    const { rows, columns, storedBy } = shape;
    const count = Math.max(1, Math.min(rows, Math.floor(most / columns)));
    // Groups of rows must not overlap.
    const hasRoom = Math.floor(rows / Math.ceil(count / rowsTogether)) >= rowsTogether;
    const inGroup = storedBy === 'columns' && hasRoom ? rowsTogether : 1;
    const groups = Math.ceil(count / inGroup);
    this.#shape = shape;
    this.indices = Array.from({ length: count }, (_, at) => {
      return Math.floor((Math.floor(at / inGroup) * rows) / groups) + (at % inGroup);
    });
    this.values = new Float32Array(count * columns);
  }

  /** Takes what it wants of values in the order of the tensor: all of them, or whole columns, where those are stored, from `first` on. */
  gather(stored: Float32Array, first = 0): void {
    const { rows, columns } = this.#shape;
    const { start, step } = storedColumns(this.#shape);
    const sample = this.values;
    const distances = Int32Array.from(this.indices, (index) => index * step);
    const end = Math.min(columns, first + stored.length / rows);
    for (let column = first; column < end; column += 1) {
      const from = start(column) - start(first);
      for (let at = 0, to = column; at < distances.length; at += 1, to += columns) {
        sample[to] = stored[from + distances[at]!]!;
      }
    }
  }
}

/** The index of the first number of a column in the tensor, and the distance of its numbers. */
function storedColumns({ rows, columns, storedBy, together = 1 }: MatrixShape): {
  readonly start: (column: number) => number;
  readonly step: number;
} {
  if (storedBy === 'rows') return { start: (column) => column, step: columns };
  const start = (column: number): number => {
    const inKernel = column % together;
    return (column - inKernel) * rows + inKernel;
  };
  return { start, step: together };
}

/** True if neither NaN nor infinity is among them. */
export function isFinite(values: Float32Array): boolean {
  // No sum of finite float32 numbers leaves float64. Several sums avoid that one waits for the other.
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = values.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    first += values[at]!;
    second += values[at + 1]!;
    third += values[at + 2]!;
    fourth += values[at + 3]!;
  }
  for (let at = whole; at < values.length; at += 1) first += values[at]!;
  return Number.isFinite(first + second + third + fourth);
}
