/**
 * GPTQ (Frantar et al. 2022) rounds the columns of a weight in turn. It passes the error of each column on to the
 * columns that follow.
 */
import { addScaledRows, inStretches, type Checkpoint } from '../../../linear-algebra/row-products';
import { roundHalfEven } from '../../../round-half-even';
import type { LayerInput, SweepFactor } from './layer-input';
import { blockColumns, type QuantizedMatrix, type WeightGrid } from './weight-grid';

/** Columns whose errors are passed on to each other one by one; to all after them, together. */
const sweepColumns = 32;

/** An `InputRounder` that takes the columns in the order of falling variance. */
export async function roundByGptq(
  target: Float64Array,
  grid: WeightGrid,
  input: LayerInput,
  checkpoint: Checkpoint,
): Promise<QuantizedMatrix | undefined> {
  const factor = await input.sweepFactor(checkpoint);
  return factor ? sweep(inOrder(target, factor.order), grid, factor, checkpoint) : undefined;
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
