/** Ridge regression from sums over samples, with a bias, drawn towards the weights that are there. */
import { factorCholesky, solveCholesky } from '../../../linear-algebra/cholesky';
import type { NormalSums } from '../../../linear-algebra/normal-sums';
import type { Checkpoint } from '../../../linear-algebra/row-products';

export interface LinearFit {
  /** [outputs, inputs]. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** Times the mean of the diagonal; which is best depends on how many samples there are for the inputs, and how alike they are. */
export const ridges = [1e-3, 1e-2, 1e-1, 1] as const;
/** Weights that grow beyond this follow noise. */
const mostGrowth = 3;

/**
 * The weights and the bias with the least squared error over the samples, with the ridge λ‖W − W₀‖²:
 * (Cov(x) + λI)·Wᵀ = Cov(x, y) + λ·W₀ᵀ, b = ȳ − W·x̄. Without `hasBias`, through the origin.
 * `null` where the system cannot be solved or the solution is far larger than W₀.
 */
export async function fitLinear(
  sums: NormalSums,
  start: Float64Array,
  { hasBias, ridge }: { readonly hasBias: boolean; readonly ridge: number },
  checkpoint: Checkpoint,
): Promise<LinearFit | null> {
  const { inputs, outputs, samples } = sums;
  if (samples < 2) return null;
  const means = hasBias ? sums.inputSums.map((sum) => sum / samples) : new Float64Array(inputs);
  const outputMeans = hasBias ? sums.outputSums.map((sum) => sum / samples) : new Float64Array(outputs);
  const covariance = new Float64Array(inputs * inputs);
  let trace = 0;
  for (let row = 0; row < inputs; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const at = row * inputs + column;
      covariance[at] = sums.gram[at]! / samples - means[row]! * means[column]!;
    }
    trace += covariance[row * inputs + row]!;
    if (row % 256 === 255) await checkpoint();
  }
  const lambda = Math.max((ridge * trace) / inputs, Number.MIN_VALUE);
  for (let row = 0; row < inputs; row += 1) covariance[row * inputs + row]! += lambda;
  if (!(await factorCholesky(covariance, inputs, checkpoint))) return null;
  const weights = new Float64Array(outputs * inputs);
  for (let output = 0; output < outputs; output += 1) {
    for (let input = 0; input < inputs; input += 1) {
      const at = output * inputs + input;
      weights[at] = sums.cross[at]! / samples - outputMeans[output]! * means[input]! + lambda * start[at]!;
    }
  }
  await solveCholesky(covariance, inputs, weights, outputs, checkpoint);
  if (!(norm(weights) <= mostGrowth * Math.max(norm(start), Number.MIN_VALUE))) return null;
  return { weights, bias: outputMeans.map((mean, output) => mean - dot(weights, output * inputs, means)) };
}

/** The mean squared error of weights and bias over the samples of the sums, all outputs added up. */
export function squaredError(sums: NormalSums, { weights, bias }: LinearFit): number {
  const { inputs, outputs, samples } = sums;
  let error = 0;
  for (let output = 0; output < outputs; output += 1) {
    const at = output * inputs;
    const own = bias[output]!;
    let sum = sums.outputSquares[output]! - 2 * own * sums.outputSums[output]! + samples * own * own;
    for (let row = 0; row < inputs; row += 1) {
      const weight = weights[at + row]!;
      const product = gramProduct(sums, row, weights, at);
      sum += weight * (product - 2 * sums.cross[at + row]! + 2 * own * sums.inputSums[row]!);
    }
    error += sum;
  }
  return error / Math.max(1, samples);
}

/** Σ over rows of w_row times this is wᵀ·(Σ x·xᵀ)·w, for the weights w that begin at `at`. */
export function gramProduct({ gram, inputs }: NormalSums, row: number, weights: Float64Array, at: number): number {
  // The triangle below the diagonal counts twice.
  let product = gram[row * inputs + row]! * weights[at + row]!;
  for (let column = 0; column < row; column += 1) product += 2 * gram[row * inputs + column]! * weights[at + column]!;
  return product;
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function dot(matrix: Float64Array, at: number, vector: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < vector.length; index += 1) sum += matrix[at + index]! * vector[index]!;
  return sum;
}
