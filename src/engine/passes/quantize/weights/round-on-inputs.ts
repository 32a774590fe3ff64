/**
 * Rounds a weight towards a least-squares target, with statistics of its inputs. They are centered if the layer has a
 * bias that corrects the means, and about zero otherwise. A rounder chooses the integers: GPTQ or AdaRound.
 */
import type { Checkpoint } from '../../../linear-algebra/row-products';
import type { LayerInput } from './layer-input';
import { dequantize, fitGrid, type FitBlock, type Levels, type QuantizedMatrix, type WeightGrid } from './weight-grid';

/**
 * Chooses the codes of a target on its grid by the covariance of the inputs; `undefined` if it says nothing.
 * @param target [rows, columns], finite; the rounder may use it up.
 */
export type InputRounder = (
  target: Float64Array,
  grid: WeightGrid,
  input: LayerInput,
  checkpoint: Checkpoint,
) => Promise<QuantizedMatrix | undefined>;

export interface RoundedOnInputs {
  readonly quantized: QuantizedMatrix;
  /** The correction of the outputs, [rows]: W·mean(f) − Q·mean(q). It is 0 for statistics about zero. */
  readonly biasShift: Float64Array;
  /** Variance of the output error as a share of the variance of the output, or mean squares about zero. `null` if the output has none. */
  readonly relativeError: number | null;
}

export interface RoundingChoice {
  readonly levels: Levels;
  /** Chooses the grids of the target, before any rounding. */
  readonly fitBlock: FitBlock;
  readonly round: InputRounder;
}

/**
 * `undefined` if the inputs never varied: round to nearest then.
 * @param weight [rows, columns], finite.
 */
export async function roundOnInputs(
  weight: Float32Array,
  rows: number,
  input: LayerInput,
  { levels, fitBlock, round }: RoundingChoice,
  checkpoint: Checkpoint,
): Promise<RoundedOnInputs | undefined> {
  if (!input.varies()) return undefined;
  const { columns } = input;
  const target = new Float64Array(weight);
  await input.fitTarget(target, rows, checkpoint);
  for (let column = 0; column < columns; column += 1) {
    if (!input.isDead(column)) continue;
    for (let row = 0; row < rows; row += 1) target[row * columns + column] = 0;
  }
  const grid = fitGrid(target, rows, columns, levels, fitBlock);
  const quantized = await round(target, grid, input, checkpoint);
  if (!quantized) return undefined;
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

/** The number of outputs that measures the error of a layer. */
const mostRowsOfError = 96;

/** Estimates the error on evenly spread rows, since all of them would take as long as the sweep. */
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
