/**
 * GPTQ (Frantar et al. 2022) on centred inputs, with a least-squares target and a bias that makes up for means: each column is
 * rounded in turn, and what was lost is passed on to the columns that are still to come.
 */
import { addScaledRows, inStretches, type Checkpoint } from '../../../linear-algebra/row-products';
import { roundHalfEven } from '../../../round-half-even';
import type { LayerInput, SweepFactor } from './layer-input';
import {
  blockColumns,
  dequantize,
  fitGrid,
  type FitBlock,
  type Levels,
  type QuantizedMatrix,
  type WeightGrid,
} from './weight-grid';

/** Columns whose errors are passed on to each other one by one; to all after them, together. */
const sweepColumns = 32;

export interface GptqResult {
  readonly quantized: QuantizedMatrix;
  /** What to add to the outputs, [rows]: W·mean(f) − Q·mean(q). */
  readonly biasShift: Float64Array;
  /** Variance of the output error as a share of the variance of the output; `null` where that is 0. */
  readonly relativeError: number | null;
}

/**
 * `undefined` where the inputs never varied: round to nearest then.
 * @param weight [rows, columns], finite.
 * @param fitBlock chooses the grids of the target, before any rounding.
 */
export async function quantizeByGptq(
  weight: Float32Array,
  rows: number,
  input: LayerInput,
  levels: Levels,
  fitBlock: FitBlock,
  checkpoint: Checkpoint,
): Promise<GptqResult | undefined> {
  const factor = await input.sweepFactor(checkpoint);
  if (factor === null) return undefined;
  const { columns } = input;
  const target = new Float64Array(weight);
  await input.fitTarget(target, rows, checkpoint);
  for (let column = 0; column < columns; column += 1) {
    if (!input.isDead(column)) continue;
    for (let row = 0; row < rows; row += 1) target[row * columns + column] = 0;
  }
  const grid = fitGrid(target, rows, columns, levels, fitBlock);
  const quantized = await sweep(inOrder(target, factor.order), grid, factor, checkpoint);
  const values = dequantize(quantized);
  const biasShift = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      sum += weight[at]! * input.floatMean[column]! - values[at]! * input.quantizedMean[column]!;
    }
    biasShift[row] = sum;
  }
  return { quantized, biasShift, relativeError: await relativeErrorOf(weight, values, input, checkpoint) };
}

/** So many outputs tell the error of a layer. */
const mostRowsOfError = 96;

/** On rows that are evenly spread, since all of them would take as long as the sweep. */
async function relativeErrorOf(
  weight: Float32Array,
  values: Float32Array,
  input: LayerInput,
  checkpoint: Checkpoint,
): Promise<number | null> {
  const { columns } = input;
  const rows = weight.length / columns;
  const count = Math.min(rows, mostRowsOfError);
  const before = new Float64Array(count * columns);
  const errors = new Float64Array(count * columns);
  for (let at = 0; at < count; at += 1) {
    const start = Math.floor((at * rows) / count) * columns;
    for (let column = 0; column < columns; column += 1) {
      before[at * columns + column] = weight[start + column]!;
      errors[at * columns + column] = values[start + column]! - weight[start + column]!;
    }
  }
  const signal = await input.outputVariance(before, count, checkpoint);
  const noise = await input.outputVariance(errors, count, checkpoint);
  return signal > 0 ? noise / signal : null;
}

/** Columns of a matrix in another order. */
function inOrder(matrix: Float64Array, order: Uint32Array): Float64Array {
  const ordered = new Float64Array(matrix.length);
  const columns = order.length;
  for (let start = 0; start < matrix.length; start += columns) {
    for (let at = 0; at < columns; at += 1) ordered[start + at] = matrix[start + order[at]!]!;
  }
  return ordered;
}

/** @param weight [rows, columns] with its columns in order; it is used up. */
async function sweep(
  weight: Float64Array,
  grid: WeightGrid,
  { order, upper }: SweepFactor,
  checkpoint: Checkpoint,
): Promise<QuantizedMatrix> {
  const { rows, columns } = grid;
  const codes = new Uint8Array(rows * columns);
  const errors = new Float64Array(rows * sweepColumns);
  for (let first = 0; first < columns; first += sweepColumns) {
    const end = Math.min(columns, first + sweepColumns);
    const rest = columns - end;
    await inStretches(rows, (end - first) * ((end - first) / 2 + rest), checkpoint, (start, stop) => {
      for (let row = start; row < stop; row += 1)
        sweepRow(row, { weight, grid, order, upper, codes, errors, first, end });
      addScaledRows(
        { data: weight, offset: start * columns + end, stride: columns, count: stop - start },
        { data: errors, offset: start * sweepColumns, stride: sweepColumns, count: stop - start },
        { data: upper, offset: first * columns + end, stride: columns, count: end - first },
        rest,
        -1,
      );
    });
  }
  return { grid, codes };
}

interface Panel extends SweepFactor {
  readonly weight: Float64Array;
  readonly grid: WeightGrid;
  readonly codes: Uint8Array;
  readonly errors: Float64Array;
  readonly first: number;
  readonly end: number;
}

function sweepRow(row: number, { weight, grid, order, upper, codes, errors, first, end }: Panel): void {
  const { columns, blocks, scales, zeroPoints } = grid;
  const width = blockColumns(grid);
  const highest = 2 ** grid.bits - 1;
  const start = row * columns;
  for (let at = first; at < end; at += 1) {
    const column = order[at]!;
    const block = row * blocks + Math.floor(column / width);
    const scale = scales[block]!;
    const zeroPoint = zeroPoints[block]!;
    const value = weight[start + at]!;
    const code = Math.min(highest, Math.max(0, roundHalfEven(value / scale) + zeroPoint));
    codes[start + column] = code;
    const pivot = at * columns;
    const error = (value - (code - zeroPoint) * scale) / upper[pivot + at]!;
    errors[row * sweepColumns + at - first] = error;
    for (let later = at + 1; later < end; later += 1) weight[start + later]! -= error * upper[pivot + later]!;
  }
}
