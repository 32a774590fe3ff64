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
  const values = readFloat32(tensor);
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
