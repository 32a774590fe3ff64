/** Ridge regression from sums over samples, with a bias, drawn towards the weights that are there. */
import { factorCholesky, solveCholesky } from '../../../../linear-algebra/cholesky';
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import type { Checkpoint } from '../../../../linear-algebra/row-products';

export interface LinearFit {
  /** [outputs, inputs]. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** Times the mean of the diagonal; which is best depends on how many samples there are for the inputs, and how alike they are. */
export const ridges = [1e-3, 1e-2, 1e-1, 1] as const;
/** Weights that grow beyond this follow noise. */
const mostGrowth = 3;

/** Options of a ridge fit: whether the outputs have a bias, and how strongly weights stay near the present ones. */
export interface RidgeOptions {
  readonly hasBias: boolean;
  readonly ridge: number;
}

/** A fit together with the system that it was solved by. */
export interface RidgeFit extends LinearFit {
  readonly system: RidgeSystem;
}

/**
 * The weights and the bias with the least squared error over the samples, with the ridge λ‖W − W₀‖²: (Cov(x) + λI)·Wᵀ =
 * Cov(x, y) + λ·W₀ᵀ, b = ȳ − W·x̄. The fit goes through the origin without `hasBias`. It is `null` if the system cannot
 * be solved or the solution is far larger than W₀.
 */
export async function fitLinear(
  sums: NormalSums,
  start: Float64Array,
  options: RidgeOptions,
  checkpoint: Checkpoint,
): Promise<RidgeFit | null> {
  const system = await RidgeSystem.factor(sums, options, checkpoint);
  const fit = system && (await system.solve(sums, start, checkpoint));
  return fit && { ...fit, system };
}

/** The left side of such a system, factored once for several right sides. */
class RidgeSystem {
  readonly #sums: NormalSums;
  readonly #options: RidgeOptions;
  readonly #means: Float64Array;
  readonly #factor: Float64Array;
  readonly #lambda: number;

  private constructor(
    sums: NormalSums,
    options: RidgeOptions,
    parts: { readonly means: Float64Array; readonly factor: Float64Array; readonly lambda: number },
  ) {
    this.#sums = sums;
    this.#options = options;
    this.#means = parts.means;
    this.#factor = parts.factor;
    this.#lambda = parts.lambda;
  }

  /** `null` if it cannot be solved. */
  static async factor(sums: NormalSums, options: RidgeOptions, checkpoint: Checkpoint): Promise<RidgeSystem | null> {
    const { inputs, samples } = sums;
    if (samples < 2) return null;
    const means = options.hasBias ? sums.inputSums.map((sum) => sum / samples) : new Float64Array(inputs);
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
    const lambda = Math.max((options.ridge * trace) / inputs, Number.MIN_VALUE);
    for (let row = 0; row < inputs; row += 1) covariance[row * inputs + row]! += lambda;
    if (!(await factorCholesky(covariance, inputs, checkpoint))) return null;
    return new RidgeSystem(sums, options, { means, factor: covariance, lambda });
  }

  /**
   * Solves for the outputs of these sums, which are over the same samples. Returns `null` if the solution is far larger
   * than W₀.
   */
  async solve(
    { cross, outputSums }: Pick<NormalSums, 'cross' | 'outputSums'>,
    start: Float64Array,
    checkpoint: Checkpoint,
  ): Promise<LinearFit | null> {
    const { inputs, outputs, samples } = this.#sums;
    const means = this.#means;
    const outputMeans = outputSums.map((sum) => (this.#options.hasBias ? sum / samples : 0));
    const weights = new Float64Array(outputs * inputs);
    for (let output = 0; output < outputs; output += 1) {
      for (let input = 0; input < inputs; input += 1) {
        const at = output * inputs + input;
        weights[at] = cross[at]! / samples - outputMeans[output]! * means[input]! + this.#lambda * start[at]!;
      }
    }
    await solveCholesky(this.#factor, inputs, weights, outputs, checkpoint);
    if (!(norm(weights) <= mostGrowth * Math.max(norm(start), Number.MIN_VALUE))) return null;
    return { weights, bias: outputMeans.map((mean, output) => mean - dot(weights, output * inputs, means)) };
  }
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
function gramProduct({ gram, inputs }: NormalSums, row: number, weights: Float64Array, at: number): number {
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
