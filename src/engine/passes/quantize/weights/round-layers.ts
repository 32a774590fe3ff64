/** Rounds weights by themselves, without data: the grid of each block by the method, every weight to the nearest of its codes, or near it. */
import { DataType } from '../../../onnx/data-type';
import { float16Format, float32Format } from '../float-format';
import { ErrorBalance } from './balance-errors';
import { blockFits } from './fits/fit-registry';
import type { PlannedLayer } from './layer-plan';
import { readsOneSided } from './one-sided-inputs';
import { packWeight, type PackedWeight } from './packed-weights';
import { canRoundBlocks, roundBlocks } from './round-column-blocks';
import { canRoundColumns, roundColumns } from './round-columns';
import { canRoundNibbleRows, roundNibbles } from './round-nibble-rows';
import {
  emptyGrid,
  levelsOf,
  quantizeSteps,
  type FitBlock,
  type FloatArray,
  type Levels,
  type QuantizedMatrix,
} from './weight-grid';
import { isConvolution } from './weight-layers';
import { inRows } from './weight-matrix';
import type { DataFreeMethod } from './weights-options';

/**
 * The method without data, and for weights whose inputs are not observed: the one that measured nearest to the float
 * outputs. Inputs behind an activation have a mean, which multiplies the sum of the rounding errors. Inputs of matrix
 * products mostly come from a normalization and have no mean, and neither has the direct output of another convolution.
 */
export function usualMethod({ layer, grid }: PlannedLayer): DataFreeMethod {
  if (isConvolution(layer.op) && readsOneSided(layer.visit)) return 'squant';
  return grid.bits === 8 ? 'rtn' : 'mse';
}

export function fitOf(method: DataFreeMethod): FitBlock {
  return blockFits[method];
}

/** Levels whose scales have the data type of the weight. */
export function levelsOfLayer({ layer, grid, form }: PlannedLayer): Levels {
  const isHalf = layer.weight.tensor.dataType === DataType.float16;
  return levelsOf(grid, (isHalf ? float16Format : float32Format).round, form === 'matmul-nbits');
}

/**
 * Steps of the work. Each returns the number of finished weights, and the last one the result.
 * @param stored finite, in the order of the tensor.
 */
export function* roundLayer(
  planned: PlannedLayer,
  method: DataFreeMethod,
  stored: Float32Array,
): Generator<number, QuantizedMatrix, void> {
  const { shape } = planned.layer;
  const { rows, columns } = shape;
  return yield* roundRows(inRows(stored, shape), { rows, columns }, levelsOfLayer(planned), method);
}

/** Rounds rows in the same way. @param values [rows, columns]. */
export function* roundRows(
  values: FloatArray,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  levels: Levels,
  method: DataFreeMethod,
): Generator<number, QuantizedMatrix, void> {
  const matrix = { grid: emptyGrid(levels, rows, columns), codes: new Uint8Array(rows * columns) };
  const balance = method === 'squant' ? new ErrorBalance(matrix) : undefined;
  yield* quantizeSteps(values, matrix, levels, fitOf(method), balance && ((row) => balance.balance(values, row)));
  return matrix;
}

/** Rounds in the same way, and packs to the bytes of the file. */
export function* packRounded(
  planned: PlannedLayer,
  method: DataFreeMethod,
  stored: Float32Array,
): Generator<number, PackedWeight, void> {
  if (canRoundColumns(planned, method)) return yield* roundColumns(planned, stored);
  return packWeight(planned, yield* roundLayer(planned, method, stored));
}

/** The bytes of `packRounded` from numbers of the tensor as they are read; `undefined` if some of them are not finite. */
export type PieceRounder = typeof roundBlocks;

/** `undefined` for layers that need all numbers at once. */
export function pieceRounderFor(planned: PlannedLayer, method: DataFreeMethod): PieceRounder | undefined {
  if (canRoundBlocks(planned, method)) return roundBlocks;
  return canRoundNibbleRows(planned, method) ? roundNibbles : undefined;
}

/** All steps at once. */
export function finish<Result>(steps: Generator<number, Result, void>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
