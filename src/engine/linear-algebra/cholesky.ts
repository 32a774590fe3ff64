/**
 * Cholesky factors of symmetric positive definite matrices, and solutions with them: blocked, in float64, row-major, in
 * place. `size` is the number of rows; a matrix holds size × size numbers. Golub and Van Loan, Matrix Computations,
 * 4.2.
 */
import type { Rows } from './packed-products';
import { addRowProducts, addScaledRows, inStretches, type Checkpoint } from './row-products';

/** Rows of a block: its triangle and the rows it is multiplied with stay in the cache. */
const block = 128;

/**
 * Replaces the lower triangle of `matrix` by L with L·Lᵀ = matrix. The part above the diagonal is neither read nor
 * written. False, with `matrix` destroyed, if it is not positive definite: add to its diagonal and try again.
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
      solveRow(matrix, row * size, { first, end: row, factor: matrix, size });
      const pivot = matrix[row * size + row]! - squareSum(matrix, row * size + first, row - first);
      if (!(pivot > 0 && pivot < Infinity)) return false;
      matrix[row * size + row] = Math.sqrt(pivot);
    }
    const triangle = new TriangleBlock(matrix, size, first, end);
    await inStretches(size - end, (end - first) ** 2, checkpoint, (start, stop) => {
      triangle.solve({ data: matrix, offset: (end + start) * size + first, stride: size, count: stop - start });
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
    const triangle = new TriangleBlock(factor, size, first, end);
    await inStretches(count, (end - first) * end, checkpoint, (start, stop) => {
      addRowProducts(part(start, stop, first), part(start, stop, 0), known, first, -1);
      triangle.solve(part(start, stop, first));
    });
  }
  // Lᵀ·x = y, from the last block back.
  for (let at = blocks - 1; at >= 0; at -= 1) {
    const first = at * block;
    const end = Math.min(size, first + block);
    const known = { data: factor, offset: first * size, stride: size, count: end - first };
    const triangle = new TriangleBlock(factor, size, first, end);
    await inStretches(count, (end - first) * end, checkpoint, (start, stop) => {
      triangle.solveTransposed(part(start, stop, first));
      addScaledRows(part(start, stop, 0), part(start, stop, first), known, first, -1);
    });
  }
}

/**
 * Computes the upper triangular U with Uᵀ·U = matrix⁻¹, as GPTQ and SparseGPT use it (Frantar et al. 2022, step 3).
 * Returns null if the matrix is not positive definite. Only the lower triangle of `matrix` is read, and the matrix is not changed. U is R⁻¹, where R is the upper
 * factor of matrix = R·Rᵀ: one factorization and one inverse of a triangle.
 */
export async function upperFactorOfInverse(
  matrix: Float64Array,
  size: number,
  checkpoint: Checkpoint,
): Promise<Float64Array | null> {
  // The upper factor, counted from the other end, is the lower one.
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
    // The loop subtracts the contributions of the blocks above. A triangle has none beyond its diagonal.
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

/**
 * Solves with a triangle on the diagonal of L. Many rows are solved by products with its inverse, which run as vectors
 * (Golub and Van Loan, 3.1.4), and few are solved row by row.
 */
class TriangleBlock {
  readonly #part: BlockOfFactor;
  #inverse: Rows | undefined;

  constructor(factor: Float64Array, size: number, first: number, end: number) {
    this.#part = { first, end, factor, size };
  }

  /** X·Lᵀ = B, where `rows` begin at the columns of the triangle. */
  solve(rows: Rows): void {
    const { first, end } = this.#part;
    if (rows.count < block) {
      for (let row = 0; row < rows.count; row += 1) {
        solveRow(rows.data, rows.offset + row * rows.stride - first, this.#part);
      }
      return;
    }
    addRowProducts(rows, takenOut(rows, end - first), this.#inverseRows(), end - first, 1);
  }

  /** X·L = B. */
  solveTransposed(rows: Rows): void {
    const { first, end } = this.#part;
    if (rows.count < block) {
      for (let row = 0; row < rows.count; row += 1) {
        solveRowBackwards(rows.data, rows.offset + row * rows.stride - first, this.#part);
      }
      return;
    }
    addScaledRows(rows, takenOut(rows, end - first), this.#inverseRows(), end - first, 1);
  }

  #inverseRows(): Rows {
    this.#inverse ??= inverseOf(this.#part);
    return this.#inverse;
  }
}

/** L⁻¹ of the triangle, with zeros above the diagonal. */
function inverseOf({ first, end, factor, size }: BlockOfFactor): Rows {
  const count = end - first;
  const data = new Float64Array(count * count);
  for (let row = 0; row < count; row += 1) {
    const source = (first + row) * size + first;
    const scale = 1 / factor[source + row]!;
    for (let column = 0; column < row; column += 1) {
      let sum = 0;
      for (let k = column; k < row; k += 1) sum -= factor[source + k]! * data[k * count + column]!;
      data[row * count + column] = sum * scale;
    }
    data[row * count + row] = scale;
  }
  return { data, offset: 0, stride: count, count };
}

/** A copy of the first `length` numbers of each row, which become zero. */
function takenOut({ data, offset, stride, count }: Rows, length: number): Rows {
  const taken = new Float64Array(count * length);
  for (let row = 0; row < count; row += 1) {
    const start = offset + row * stride;
    taken.set(data.subarray(start, start + length), row * length);
    data.fill(0, start, start + length);
  }
  return { data: taken, offset: 0, stride: length, count };
}

interface BlockOfFactor {
  readonly first: number;
  readonly end: number;
  readonly factor: Float64Array;
  readonly size: number;
}

/**
 * Solves one row of X·Lᵀ = B, whose column 0 is at `at`, for the columns from `first` to `end`. The columns before must
 * be solved.
 */
function solveRow(rows: Float64Array, at: number, { first, end, factor, size }: BlockOfFactor): void {
  for (let column = first; column < end; column += 1) {
    const pivotRow = column * size;
    let sum = rows[at + column]!;
    for (let k = first; k < column; k += 1) sum -= rows[at + k]! * factor[pivotRow + k]!;
    rows[at + column] = sum / factor[pivotRow + column]!;
  }
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
