/** Rounds weights by themselves, without data: the grid of each block by the method, every weight to the nearest of its codes. */
import { DataType } from '../../../onnx/data-type';
import { float16Format, float32Format } from '../float-format';
import { blockFits } from './fits/fit-registry';
import type { PlannedLayer } from './layer-plan';
import { packWeight, type PackedWeight } from './packed-weights';
import { canRoundColumns, roundColumns } from './round-columns';
import { emptyGrid, levelsOf, quantizeSteps, type FitBlock, type Levels, type QuantizedMatrix } from './weight-grid';
import { inRows } from './weight-matrix';
import type { DataFreeMethod } from './weights-options';

/**
 * What is done without data, and to weights whose inputs nobody sees. With 8 bits the range itself is as good as any; with fewer,
 * that of the least squared error came nearest to the float outputs of all that need no data.
 */
export function usualMethod({ grid }: PlannedLayer): DataFreeMethod {
  return grid.bits === 8 ? 'rtn' : 'mse';
}

export function fitOf(method: DataFreeMethod): FitBlock {
  return blockFits[method];
}

export function levelsOfLayer({ layer, grid }: PlannedLayer): Levels {
  const isHalf = layer.weight.tensor.dataType === DataType.float16;
  return levelsOf(grid, (isHalf ? float16Format : float32Format).round);
}

/**
 * Steps of the work, each of which gives the weights that it is done with; at the end, what came of it.
 * @param stored finite, in the order of the tensor.
 */
export function* roundLayer(
  planned: PlannedLayer,
  method: DataFreeMethod,
  stored: Float32Array,
): Generator<number, QuantizedMatrix, void> {
  const { shape } = planned.layer;
  const { rows, columns } = shape;
  const matrix = { grid: emptyGrid(planned.grid, rows, columns), codes: new Uint8Array(rows * columns) };
  yield* quantizeSteps(inRows(stored, shape), matrix, levelsOfLayer(planned), fitOf(method));
  return matrix;
}

/** Likewise, up to the bytes of the file. */
export function* packRounded(
  planned: PlannedLayer,
  method: DataFreeMethod,
  stored: Float32Array,
): Generator<number, PackedWeight, void> {
  if (canRoundColumns(planned, method)) return yield* roundColumns(planned, stored);
  return packWeight(planned, yield* roundLayer(planned, method, stored));
}

/** All steps at once. */
export function finish<Result>(steps: Generator<number, Result, void>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
