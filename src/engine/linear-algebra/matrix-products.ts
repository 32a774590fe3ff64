/** Products of whole matrices in float64, row-major, with checkpoints between pieces of work. */
import { addRowProducts, addScaledRows, inStretches, type Checkpoint } from './row-products';

/** A·Aᵀ of the rows of A ([rows, columns]): [rows, rows], whole. */
export async function rowGram(
  matrix: Float64Array,
  rows: number,
  columns: number,
  checkpoint: Checkpoint,
): Promise<Float64Array> {
  const gram = new Float64Array(rows * rows);
  const right = { data: matrix, offset: 0, stride: columns, count: rows };
  await inStretches(rows, rows * columns, checkpoint, (start, end) => {
    const target = { data: gram, offset: start * rows, stride: rows, count: end - start };
    addRowProducts(target, { ...right, offset: start * columns, count: end - start }, right, columns, 1);
  });
  return gram;
}

/**
 * A·B of A ([rows, inner]) and B ([inner, columns]). It goes column by column, so that all rows of A share the loaded
 * part of B.
 */
export async function matrixProduct(
  left: Float64Array,
  right: Float64Array,
  { rows, inner, columns }: { readonly rows: number; readonly inner: number; readonly columns: number },
  checkpoint: Checkpoint,
): Promise<Float64Array> {
  const product = new Float64Array(rows * columns);
  const weights = { data: left, offset: 0, stride: inner, count: rows };
  await inStretches(columns, rows * inner, checkpoint, (offset, end) => {
    const target = { data: product, offset, stride: columns, count: rows };
    addScaledRows(target, weights, { data: right, offset, stride: columns, count: inner }, end - offset, 1);
  });
  return product;
}

/** [rows, columns] as [columns, rows]. */
export function transposed(matrix: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) result[column * rows + row] = matrix[row * columns + column]!;
  }
  return result;
}
