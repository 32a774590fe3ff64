/** A weight as the matrix that a layer multiplies with: one row for each output, one column for each number that it sums up. */
import type { Tensor } from '../../../onnx/graph';
import { readFloat32 } from '../../../onnx/tensor';

export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
  /** How the tensor stores it: `rows` one after the other, as Conv does, or `columns`, as the second operand of MatMul. */
  readonly storedBy: 'rows' | 'columns';
}

/** The elements row by row, [rows, columns]. May be a view of the tensor's memory: do not write to it. */
export function readRows(tensor: Tensor, shape: MatrixShape): Float32Array {
  return inRows(readFloat32(tensor), shape);
}

/** From the order of the tensor to row by row. */
export function inRows(values: Float32Array, shape: MatrixShape): Float32Array {
  return shape.storedBy === 'rows' ? values : transposed(values, shape.columns, shape.rows);
}

/** From row by row back to the order of the tensor. */
export function inStoredOrder<Values extends Float32Array | Uint8Array>(values: Values, shape: MatrixShape): Values {
  return shape.storedBy === 'rows' ? values : transposed(values, shape.rows, shape.columns);
}

function transposed<Values extends Float32Array | Uint8Array>(values: Values, rows: number, columns: number): Values {
  const result = values.slice() as Values;
  // In squares, so that neither side leaves the cache.
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

/** Rows that lie side by side where columns are stored: what is loaded with one of a column's numbers holds the others. */
const rowsTogether = 8;

/** Some rows, evenly spread, of at most about so many values, from the order of the tensor. */
export function sampleRows(values: Float32Array, { rows, columns, storedBy }: MatrixShape, most: number): RowSample {
  const count = Math.max(1, Math.min(rows, Math.floor(most / columns)));
  // Groups of rows must not overlap.
  const hasRoom = Math.floor(rows / Math.ceil(count / rowsTogether)) >= rowsTogether;
  const together = storedBy === 'columns' && hasRoom ? rowsTogether : 1;
  const groups = Math.ceil(count / together);
  const indices = Array.from({ length: count }, (_, at) => {
    return Math.floor((Math.floor(at / together) * rows) / groups) + (at % together);
  });
  const sample = new Float32Array(count * columns);
  for (let column = 0; column < columns; column += 1) {
    for (let at = 0; at < count; at += 1) {
      const row = indices[at]!;
      sample[at * columns + column] = values[storedBy === 'rows' ? row * columns + column : column * rows + row]!;
    }
  }
  return { indices, values: sample };
}

export interface RowSample {
  readonly indices: readonly number[];
  /** [indices, columns]. */
  readonly values: Float32Array;
}

/** True where neither NaN nor infinity is among them. */
export function isFinite(values: Float32Array): boolean {
  // No sum of finite float32 numbers leaves float64. Several sums, so that one need not wait for the other.
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
