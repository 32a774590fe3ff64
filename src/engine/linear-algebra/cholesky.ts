/**
 * Cholesky factors of symmetric positive definite matrices and what is solved with them: blocked, in float64, row-major,
 * in place. `size` is the number of rows; a matrix holds size × size numbers. Golub and Van Loan, Matrix Computations, 4.2.
 */
import { addRowProducts, addScaledRows, inStretches, type Checkpoint } from './row-products';

/** Rows of a block: its triangle and the rows it is multiplied with stay in the cache. */
const block = 64;

/**
 * Replaces the lower triangle of `matrix` by L with L·Lᵀ = matrix; what is above the diagonal is neither read nor written.
 * False, with `matrix` spoiled, where it is not positive definite: add to its diagonal and try again.
 */
export async function factorCholesky(matrix: Float64Array, size: number, checkpoint: Checkpoint): Promise<boolean> {
  for (let first = 0; first < size; first += block) {
    const end = Math.min(size, first + block);
    const factor = { data: matrix, offset: first * size, stride: size, count: end - first };
    await inStretches(size - first, (end - first) * first, checkpoint, (start, stop) => {
      const offset = (first + start) * size;
      const rows = { data: matrix, offset, stride: size, count: stop - start };
      addRowProducts({ ...rows, offset: offset + first }, rows, factor, first, -1);
    });
    for (let row = first; row < end; row += 1) {
      solveRow(matrix, size, row * size, { first, end: row, matrix });
      const pivot = matrix[row * size + row]! - squareSum(matrix, row * size + first, row - first);
      if (!(pivot > 0 && pivot < Infinity)) return false;
      matrix[row * size + row] = Math.sqrt(pivot);
    }
    await inStretches(size - end, (end - first) ** 2 / 2, checkpoint, (start, stop) => {
      for (let row = end + start; row < end + stop; row += 1) {
        solveRow(matrix, size, row * size, { first, end, matrix });
      }
    });
  }
  return true;
}

/**
 * Solves A·x = b for every row b of `rows` (count × size, overwritten by the solutions), where `factor` holds L as
 * `factorCholesky` leaves it. A weight of [outputs, inputs] is solved for as it lies in memory.
 */
export async function solveCholesky(
  factor: Float64Array,
  size: number,
  rows: Float64Array,
  count: number,
  checkpoint: Checkpoint,
): Promise<void> {
  const blocks = Math.ceil(size / block);
  const part = (start: number, stop: number, column: number) => ({
    data: rows,
    offset: start * size + column,
    stride: size,
    count: stop - start,
  });
  // L·y = b, a block of columns after the other.
  for (let at = 0; at < blocks; at += 1) {
    const first = at * block;
    const end = Math.min(size, first + block);
    const known = { data: factor, offset: first * size, stride: size, count: end - first };
    await inStretches(count, (end - first) * end, checkpoint, (start, stop) => {
      addRowProducts(part(start, stop, first), part(start, stop, 0), known, first, -1);
      for (let row = start; row < stop; row += 1) solveRow(rows, size, row * size, { first, end, matrix: factor });
    });
  }
  // Lᵀ·x = y, from the last block back.
  for (let at = blocks - 1; at >= 0; at -= 1) {
    const first = at * block;
    const end = Math.min(size, first + block);
    const known = { data: factor, offset: first * size, stride: size, count: end - first };
    await inStretches(count, (end - first) * end, checkpoint, (start, stop) => {
      for (let row = start; row < stop; row += 1) solveRowBackwards(rows, row * size, { first, end, factor, size });
      addScaledRows(part(start, stop, 0), part(start, stop, first), known, first, -1);
    });
  }
}

/**
 * The upper triangular U with Uᵀ·U = matrix⁻¹, as GPTQ and SparseGPT want it (Frantar et al. 2022, step 3), or null where the
 * matrix is not positive definite. Only the lower triangle of `matrix` is read, and nothing of it is changed. With R the
 * upper factor of matrix = R·Rᵀ, U is R⁻¹: one factorization and one inverse of a triangle.
 */
export async function upperFactorOfInverse(
  matrix: Float64Array,
  size: number,
  checkpoint: Checkpoint,
): Promise<Float64Array | null> {
  // Counted from the other end, the upper factor is the lower one.
  const turned = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      turned[(size - 1 - column) * size + (size - 1 - row)] = matrix[row * size + column]!;
    }
    if (row % block === 0) await checkpoint();
  }
  if (!(await factorCholesky(turned, size, checkpoint))) return null;
  const inverse = new Float64Array(size * size);
  for (let first = 0; first < size; first += block) {
    const count = Math.min(block, size - first);
    const target = { data: inverse, offset: first * size, stride: size, count };
    // What the blocks above it have to give; of a triangle there is nothing beyond the diagonal.
    for (let start = 0; start < first; start += block) {
      const weights = { data: turned, offset: first * size + start, stride: size, count };
      addScaledRows(
        target,
        weights,
        { data: inverse, offset: start * size, stride: size, count: block },
        start + block,
        -1,
      );
      await checkpoint();
    }
    for (let row = first; row < first + count; row += 1) invertRow(turned, inverse, size, row, first);
    await checkpoint();
  }
  return inverse.reverse();
}

/** Row `row` of the inverse of a lower triangle, once the rows before `first` have been taken off. */
function invertRow(triangle: Float64Array, inverse: Float64Array, size: number, row: number, first: number): void {
  const at = row * size;
  addScaledRows(
    { data: inverse, offset: at, stride: size, count: 1 },
    { data: triangle, offset: at + first, stride: size, count: 1 },
    { data: inverse, offset: first * size, stride: size, count: row - first },
    row,
    -1,
  );
  const scale = 1 / triangle[at + row]!;
  for (let column = 0; column < row; column += 1) inverse[at + column]! *= scale;
  inverse[at + row] = scale;
}

/** One row of X·Lᵀ = B within the columns from `first` to `end`, where the columns before are done with. */
function solveRow(
  rows: Float64Array,
  size: number,
  at: number,
  { first, end, matrix }: { readonly first: number; readonly end: number; readonly matrix: Float64Array },
): void {
  for (let column = first; column < end; column += 1) {
    const pivotRow = column * size;
    let sum = rows[at + column]!;
    for (let k = first; k < column; k += 1) sum -= rows[at + k]! * matrix[pivotRow + k]!;
    rows[at + column] = sum / matrix[pivotRow + column]!;
  }
}

interface BlockOfFactor {
  readonly first: number;
  readonly end: number;
  readonly factor: Float64Array;
  readonly size: number;
}

function solveRowBackwards(rows: Float64Array, at: number, { first, end, factor, size }: BlockOfFactor): void {
  for (let column = end - 1; column >= first; column -= 1) {
    const value = rows[at + column]! / factor[column * size + column]!;
    rows[at + column] = value;
    for (let k = first; k < column; k += 1) rows[at + k]! -= value * factor[column * size + k]!;
  }
}

function squareSum(values: Float64Array, start: number, count: number): number {
  let sum = 0;
  for (let k = start; k < start + count; k += 1) sum += values[k]! * values[k]!;
  return sum;
}
