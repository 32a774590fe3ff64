/** Computes 95 % intervals of means, and of figures that follow from means, for regression. */
import type { Estimate } from './evaluation';
import { studentQuantile, studentQuantile975 } from './normal-quantile';

/**
 * The mean of values with its 95 % interval by Student's t: mean ± t × s ÷ √n. Unit: that of the values. The interval
 * of one value is unbounded; without values everything is NaN.
 */
export function meanEstimate(values: Float64Array): Estimate {
  const count = values.length;
  if (count === 0) return { value: Number.NaN, interval: [Number.NaN, Number.NaN] };
  const mean = meanOf(values);
  const half = halfWidth(values, mean);
  return { value: mean, interval: [mean - half, mean + half] };
}

/** Student's two-sided interval of a mean, at `level`: 0.05 gives the 95 % interval. It needs two values. */
export function studentInterval(values: Float64Array, level: number): readonly [number, number] {
  const mean = meanOf(values);
  const freedom = values.length - 1;
  const half = freedom < 1 ? Infinity : studentQuantile(freedom, 1 - level / 2) * standardError(values, mean);
  return [mean - half, mean + half];
}

/** √ of a mean of squares: the interval of the mean, through the root, which keeps the order. */
export function rootMeanEstimate(squares: Float64Array): Estimate {
  const { value, interval } = meanEstimate(squares);
  return { value: Math.sqrt(value), interval: [Math.sqrt(Math.max(0, interval[0])), Math.sqrt(interval[1])] };
}

/**
 * Computes R² = 1 − A ÷ V with A the mean squared error and V the variance of the labels. The interval is R² ± t × the
 * standard deviation of R²'s influence function ÷ √n, with ψᵢ = (A (yᵢ − ȳ)² ÷ V − eᵢ²) ÷ V. (This is the infinitesimal
 * jackknife: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 21.) It
 * is deterministic and takes one pass. A bootstrap of a million samples would take a minute. NaN when all
 * labels are equal.
 *
 * With several targets (`width` numbers per sample, sample after sample), R² and ψ are the means over the targets.
 * scikit-learn's `r2_score` does the same by default (`multioutput="uniform_average"`). If one target has no R², the
 * mean has none.
 */
export function determinationEstimate(squaredErrors: Float64Array, labels: Float64Array, width = 1): Estimate {
  const influence = new Float64Array(labels.length / width);
  let value = 0;
  for (let target = 0; target < width; target++) {
    const own = determinationOf(columnOf(squaredErrors, target, width), columnOf(labels, target, width));
    value += own.value / width;
    own.influence.forEach((each, index) => (influence[index]! += each / width));
  }
  if (Number.isNaN(value)) return { value, interval: [value, value] };
  const half = halfWidth(influence, 0);
  return { value, interval: [value - half, value + half] };
}

function determinationOf(squaredErrors: Float64Array, labels: Float64Array) {
  const meanLabel = meanOf(labels);
  const squares = labels.map((label) => (label - meanLabel) ** 2);
  const variance = meanOf(squares);
  const error = meanOf(squaredErrors);
  return {
    value: variance > 0 ? 1 - error / variance : Number.NaN,
    influence: squares.map((square, index) => ((error * square) / variance - squaredErrors[index]!) / variance),
  };
}

function columnOf(values: Float64Array, column: number, width: number): Float64Array {
  const own = new Float64Array(values.length / width);
  for (let row = 0; row < own.length; row++) own[row] = values[row * width + column]!;
  return own;
}

/** The arithmetic mean; NaN of no values. */
export function meanOf(values: ArrayLike<number> & Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function halfWidth(values: Float64Array, mean: number): number {
  const freedom = values.length - 1;
  return freedom === 0 ? Infinity : studentQuantile975(freedom) * standardError(values, mean);
}

function standardError(values: Float64Array, mean: number): number {
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
