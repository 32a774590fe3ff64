/**
 * SparseGPT (Frantar and Alistarh 2023) goes column by column. The weights that cost least become zero, and the weights
 * of the columns that follow compensate for them.
 */
import { upperFactorOfInverse } from '../../../linear-algebra/cholesky';
import type { NormalSums } from '../../../linear-algebra/normal-sums';
import { addScaledRows, inStretches, type Checkpoint } from '../../../linear-algebra/row-products';
import { lowest } from './row-mask';
import type { SparsityPattern } from './sparsity-pattern';

/** Columns whose zeros are chosen together. */
const blockColumns = 128;
/** The share of the mean of the diagonal that is added to it. */
const damping = 0.01;

/** Runs of neighbors end where so many columns end: what lies beyond is read at another place. */
export interface RunsOfColumns extends SparsityPattern {
  readonly inputs: number;
}

/**
 * Sets `amount` of the weights to zero, in place, or so many of each run of neighbors. False, with nothing changed, if
 * the inputs are not enough.
 *
 * @param weights [rows, columns].
 * @param sums over the columns' inputs.
 */
export async function sparsify(
  weights: Float64Array,
  sums: SecondMoments,
  { amount, pattern }: { readonly amount: number; readonly pattern: RunsOfColumns | undefined },
  checkpoint: Checkpoint,
): Promise<boolean> {
  const { inputs: columns } = sums;
  const hessian = dampedHessian(sums);
  const upper = await upperFactorOfInverse(hessian.matrix, columns, checkpoint);
  if (upper === null) return false;
  const rows = weights.length / columns;
  for (const column of hessian.dead) for (let row = 0; row < rows; row += 1) weights[row * columns + column] = 0;
  const sheet: Sheet = { weights, upper, rows, columns };
  for (const { first, end } of blocksOf(columns, pattern)) {
    const errors = new Float64Array(rows * (end - first));
    if (pattern === undefined) sweep(sheet, errors, { first, end }, lowestOfBlock(sheet, first, end, amount));
    else sweepRuns(sheet, errors, { first, end }, pattern);
    await passOn(sheet, errors, { first, end }, checkpoint);
  }
  return true;
}

/** Blocks do not cut a run of neighbors. */
function* blocksOf(columns: number, pattern: RunsOfColumns | undefined): Generator<Columns> {
  const { inputs, of } = pattern ?? { inputs: columns, of: 1 };
  const width = of * Math.max(1, Math.floor(blockColumns / of));
  for (let start = 0; start < columns; start += inputs) {
    const stop = Math.min(columns, start + inputs);
    for (let first = start; first < stop; first += width) yield { first, end: Math.min(stop, first + width) };
  }
}

interface Sheet {
  readonly weights: Float64Array;
  /** U with UᵀU = H⁻¹. */
  readonly upper: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

interface Columns {
  readonly first: number;
  readonly end: number;
}

type SecondMoments = Pick<NormalSums, 'inputs' | 'samples' | 'gram'>;

function dampedHessian({ inputs, samples, gram }: SecondMoments) {
  const matrix = new Float64Array(inputs * inputs);
  const dead: number[] = [];
  let trace = 0;
  for (let row = 0; row < inputs; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      matrix[row * inputs + column] = (2 * gram[row * inputs + column]!) / samples;
    }
    if (matrix[row * inputs + row] === 0) {
      dead.push(row);
      matrix[row * inputs + row] = 1;
    }
    trace += matrix[row * inputs + row]!;
  }
  for (let row = 0; row < inputs; row += 1) matrix[row * inputs + row]! += (damping * trace) / inputs;
  return { matrix, dead };
}

/** The cost of a zero: w² / U_jj². */
function costOf({ weights, upper, columns }: Sheet, row: number, column: number): number {
  return (weights[row * columns + column]! / upper[column * columns + column]!) ** 2;
}

/** Marks the weights that become zero, over all rows of the columns: [rows, columns of the block]. */
function lowestOfBlock(sheet: Sheet, first: number, end: number, amount: number): Uint8Array {
  const width = end - first;
  const costs = Float64Array.from({ length: sheet.rows * width }, (_, at) =>
    costOf(sheet, Math.floor(at / width), first + (at % width)),
  );
  const mask = new Uint8Array(costs.length);
  for (const at of lowest(costs, Math.floor(amount * costs.length))) mask[at] = 1;
  return mask;
}

function sweepRuns(sheet: Sheet, errors: Float64Array, { first, end }: Columns, { zeros, of }: SparsityPattern): void {
  const width = end - first;
  for (let start = first; start < end; start += of) {
    const stop = Math.min(end, start + of);
    const mask = new Uint8Array(sheet.rows * width);
    for (let row = 0; row < sheet.rows; row += 1) {
      const costs = Float64Array.from({ length: stop - start }, (_, at) => costOf(sheet, row, start + at));
      for (const at of lowest(costs, Math.floor((costs.length * zeros) / of)))
        mask[row * width + start - first + at] = 1;
    }
    sweep(sheet, errors, { first, end }, mask, { first: start, end: stop });
  }
}

/** Passes errors on at once within the block. */
function sweep(
  { weights, upper, rows, columns }: Sheet,
  errors: Float64Array,
  { first, end }: Columns,
  mask: Uint8Array,
  part: Columns = { first, end },
): void {
  const width = end - first;
  for (let column = part.first; column < part.end; column += 1) {
    const pivot = column * columns;
    for (let row = 0; row < rows; row += 1) {
      if (mask[row * width + column - first] === 0) continue;
      const at = row * columns;
      const error = weights[at + column]! / upper[pivot + column]!;
      errors[row * width + column - first] = error;
      for (let next = column; next < end; next += 1) weights[at + next]! -= error * upper[pivot + next]!;
      weights[at + column] = 0;
    }
  }
}

/** Passes errors on to all columns after the block. */
function passOn(
  { weights, upper, rows, columns }: Sheet,
  errors: Float64Array,
  { first, end }: Columns,
  checkpoint: Checkpoint,
): Promise<void> {
  const width = end - first;
  const rest = columns - end;
  if (rest === 0) return checkpoint();
  const factor = { data: upper, offset: first * columns + end, stride: columns, count: width };
  return inStretches(rows, width * rest, checkpoint, (start, stop) => {
    const count = stop - start;
    addScaledRows(
      { data: weights, offset: start * columns + end, stride: columns, count },
      { data: errors, offset: start * width, stride: width, count },
      factor,
      rest,
      -1,
    );
  });
}
