/** The statistics of the input of a layer for GPTQ and AdaRound: means and products over samples, and their factors. */
import { factorCholesky, solveCholesky, upperFactorOfInverse } from '../../../linear-algebra/cholesky';
import { matrixProduct } from '../../../linear-algebra/matrix-products';
import type { CovarianceSums } from '../../../linear-algebra/covariance-sums';
import type { Checkpoint } from '../../../linear-algebra/row-products';

/** Added to the diagonal, as a share of its mean, to fit the target and to pass errors on. */
const targetDamping = 0.1;
const sweepDamping = 0.01;

/** The order in which columns are rounded, and the factor that passes their errors on. */
export interface SweepFactor {
  /** Columns in descending order of the variance of their inputs. */
  readonly order: Uint32Array;
  /** Upper triangular U with Uᵀ·U = H⁻¹ of the ordered columns, [columns, columns]. */
  readonly upper: Float64Array;
}

/**
 * Inputs of one layer, or of several that share them, in the model with quantized earlier layers (q) and in the float
 * model (f). It has the means, H = Cov(q, q) and D = Cov(f, q) − H, [columns, columns].
 */
export class LayerInput {
  readonly columns: number;
  readonly quantizedMean: Float64Array;
  readonly floatMean: Float64Array;
  readonly #sums: CovarianceSums;
  readonly #isCentered: boolean;
  #moments: Float64Array | undefined;
  #gap: Float64Array | undefined;
  #aboutZero: LayerInput | undefined;
  #sweep: Promise<SweepFactor | null> | undefined;
  #target: Promise<Float64Array | null> | undefined;

  /**
   * @param sums of q and, as outputs, f; without outputs both are the same.
   * @param isCentered false: see `aboutZero`.
   */
  constructor(sums: CovarianceSums, isCentered = true) {
    this.columns = sums.inputs;
    this.#sums = sums;
    this.#isCentered = isCentered;
    const none = new Float64Array(isCentered ? 0 : sums.inputs);
    this.quantizedMean = isCentered ? sums.inputMeans() : none;
    this.floatMean = isCentered && sums.outputs > 0 ? sums.outputMeans() : this.quantizedMean;
  }

  /**
   * The same inputs for layers without a bias. Nothing corrects the mean errors of their outputs, so H and D hold moments about zero, and
   * the means are 0.
   */
  get aboutZero(): LayerInput {
    this.#aboutZero ??= new LayerInput(this.#sums, false);
    return this.#aboutZero;
  }

  /** H, [columns, columns]. */
  get covariance(): Float64Array {
    this.#moments ??= this.#momentsOf(this.#sums.inputCovariance(), this.#sums.inputMeans());
    return this.#moments;
  }

  /** False if no input ever varied; about zero, if all are always 0. */
  varies(): boolean {
    return this.#meanVariance() > 0;
  }

  /** True for an input that never varied; about zero, for one that is always 0. */
  isDead(column: number): boolean {
    return !(this.#variance(column) > 0);
  }

  /** Returns Σ e·H·eᵀ over the rows of `errors` [rows, columns]: the variance that they cause in the outputs. */
  async outputVariance(errors: Float64Array, rows: number, checkpoint: Checkpoint): Promise<number> {
    const { columns } = this;
    const product = await matrixProduct(errors, this.covariance, { rows, inner: columns, columns }, checkpoint);
    let sum = 0;
    for (let at = 0; at < product.length; at += 1) sum += product[at]! * errors[at]!;
    return sum;
  }

  /**
   * Changes the weight, in place, to the least-squares fit of the float layer on inputs of the quantized model: W + W·D·(H + λI)⁻¹.
   * @param weight [rows, columns].
   */
  async fitTarget(weight: Float64Array, rows: number, checkpoint: Checkpoint): Promise<void> {
    const { columns } = this;
    if (this.#sums.outputs === 0) return;
    this.#target ??= this.#factor(targetDamping, checkpoint);
    const factor = await this.#target;
    if (factor === null) return;
    this.#gap ??= this.#difference();
    const shift = await matrixProduct(weight, this.#gap, { rows, inner: columns, columns }, checkpoint);
    await solveCholesky(factor, columns, shift, rows, checkpoint);
    for (let at = 0; at < weight.length; at += 1) weight[at]! += shift[at]!;
  }

  /** `null` if no input ever varied. */
  sweepFactor(checkpoint: Checkpoint): Promise<SweepFactor | null> {
    this.#sweep ??= this.#makeSweepFactor(checkpoint);
    return this.#sweep;
  }

  #difference(): Float64Array {
    const { covariance } = this;
    const moments = this.#momentsOf(this.#sums.crossCovariance(), this.#sums.outputMeans());
    for (let at = 0; at < moments.length; at += 1) moments[at]! -= covariance[at]!;
    return moments;
  }

  /** Moments about the means or about zero, in place: E(x·qᵀ) = Cov(x, q) + mean(x)·mean(q)ᵀ. */
  #momentsOf(covariance: Float64Array, means: Float64Array): Float64Array {
    if (this.#isCentered) return covariance;
    const { columns } = this;
    const inputMeans = this.#sums.inputMeans();
    for (let row = 0; row < columns; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        covariance[row * columns + column]! += means[row]! * inputMeans[column]!;
      }
    }
    return covariance;
  }

  #variance(column: number): number {
    return this.covariance[column * this.columns + column]!;
  }

  #meanVariance(): number {
    let sum = 0;
    for (let column = 0; column < this.columns; column += 1) sum += Math.max(0, this.#variance(column));
    return sum / this.columns;
  }

  async #factor(damping: number, checkpoint: Checkpoint): Promise<Float64Array | null> {
    const matrix = this.covariance.slice();
    const added = damping * this.#meanVariance();
    for (let column = 0; column < this.columns; column += 1) matrix[column * this.columns + column]! += added;
    return (await factorCholesky(matrix, this.columns, checkpoint)) ? matrix : null;
  }

  async #makeSweepFactor(checkpoint: Checkpoint): Promise<SweepFactor | null> {
    const { columns } = this;
    const meanVariance = this.#meanVariance();
    if (!(meanVariance > 0)) return null;
    const { covariance } = this;
    const variance = Float64Array.from({ length: columns }, (_, column) =>
      this.isDead(column) ? 1 : this.#variance(column),
    );
    const order = Uint32Array.from(variance.keys()).sort((a, b) => variance[b]! - variance[a]! || a - b);
    const matrix = new Float64Array(columns * columns);
    for (let row = 0; row < columns; row += 1) {
      const source = order[row]! * columns;
      for (let column = 0; column < row; column += 1) {
        matrix[row * columns + column] = covariance[source + order[column]!]!;
      }
      matrix[row * columns + row] = variance[order[row]!]! + sweepDamping * meanVariance;
    }
    const upper = await upperFactorOfInverse(matrix, columns, checkpoint);
    return upper && { order, upper };
  }
}
