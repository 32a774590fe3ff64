/**
 * SQuant (Guo et al. 2022), for whole rows. The sum of the rounding errors of a row reaches the output wherever inputs
 * have a mean, as after a Relu. Some of the weights that are nearly half-way between two codes therefore take the other
 * code, until the errors of the row cancel.
 */
import { blockColumns, type FloatArray, type QuantizedMatrix } from './weight-grid';

/** The cheapest weights to move are found by counting: to sort every row would take longer than to round it. */
const bins = 1024;

/** Moves codes of rows to a neighboring code, until rounding adds at most half a step to the sum of a row. */
export class ErrorBalance {
  readonly #matrix: QuantizedMatrix;
  /** The rounding error of each weight of one row. */
  readonly #errors: Float64Array;
  /** The bin of each weight of one row, by the cost of moving it, plus one. 0: moving it would not help. */
  readonly #bins: Uint16Array;
  /** The reduction of the error by moving all weights of a bin. */
  readonly #reach = new Float64Array(bins);

  /** @param matrix is to be changed. */
  constructor(matrix: QuantizedMatrix) {
    this.#matrix = matrix;
    this.#errors = new Float64Array(matrix.grid.columns);
    this.#bins = new Uint16Array(matrix.grid.columns);
  }

  /** @param values [rows, columns], the values before rounding. */
  balance(values: FloatArray, row: number): void {
    const { sum, narrowest, widest } = this.#findErrors(values, row);
    if (Math.abs(sum) * 2 <= narrowest) return;
    this.#fillBins(row, Math.sign(sum), widest);
    let left = Math.abs(sum);
    let whole = 0;
    while (whole < bins && this.#reach[whole]! <= left) left -= this.#reach[whole++]!;
    const last: number[] = [];
    for (let at = 0; at < this.#bins.length; at += 1) {
      const bin = this.#bins[at]! - 1;
      if (bin === whole) last.push(at);
      else if (bin >= 0 && bin < whole) this.#move(row, at, sum);
    }
    const cost = (at: number): number => Math.abs(this.#scaleOf(row, at)) - 2 * Math.abs(this.#errors[at]!);
    for (const at of last.sort((a, b) => cost(a) - cost(b) || a - b)) {
      const step = Math.abs(this.#scaleOf(row, at));
      if (left * 2 < step) break;
      this.#move(row, at, sum);
      left -= step;
    }
  }

  #findErrors(values: FloatArray, row: number): { sum: number; narrowest: number; widest: number } {
    const { grid, codes } = this.#matrix;
    const { columns, blocks, scales, zeroPoints } = grid;
    const width = blockColumns(grid);
    const errors = this.#errors;
    let [sum, narrowest, widest] = [0, Infinity, 0];
    for (let block = 0; block < blocks; block += 1) {
      const scale = scales[row * blocks + block]!;
      const zeroPoint = zeroPoints[row * blocks + block]!;
      narrowest = Math.min(narrowest, Math.abs(scale));
      widest = Math.max(widest, Math.abs(scale));
      const end = Math.min(columns, (block + 1) * width);
      for (let at = block * width, from = row * columns + at; at < end; at += 1, from += 1) {
        const error = (codes[from]! - zeroPoint) * scale - values[from]!;
        errors[at] = error;
        sum += error;
      }
    }
    return { sum, narrowest, widest };
  }

  /** Moving a weight takes a step off the sum and adds step × (step − 2·|error|) to the squared error. */
  #fillBins(row: number, sign: number, widest: number): void {
    const { grid, codes } = this.#matrix;
    const { columns, blocks, scales } = grid;
    const width = blockColumns(grid);
    const highest = 2 ** grid.bits - 1;
    this.#reach.fill(0);
    for (let block = 0; block < blocks; block += 1) {
      const scale = scales[row * blocks + block]!;
      const step = Math.abs(scale);
      const direction = sign * Math.sign(scale);
      const end = Math.min(columns, (block + 1) * width);
      for (let at = block * width; at < end; at += 1) {
        const excess = this.#errors[at]! * sign;
        const code = codes[row * columns + at]! - direction;
        const canMove = excess > 0 && code >= 0 && code <= highest;
        const bin = canMove ? Math.min(bins - 1, Math.max(0, Math.floor((bins * (step - 2 * excess)) / widest))) : -1;
        this.#bins[at] = bin + 1;
        if (canMove) this.#reach[bin]! += step;
      }
    }
  }

  #move(row: number, at: number, sum: number): void {
    const { grid, codes } = this.#matrix;
    codes[row * grid.columns + at]! -= Math.sign(sum) * Math.sign(this.#scaleOf(row, at));
  }

  #scaleOf(row: number, at: number): number {
    const { grid } = this.#matrix;
    return grid.scales[row * grid.blocks + Math.floor(at / blockColumns(grid))]!;
  }
}
