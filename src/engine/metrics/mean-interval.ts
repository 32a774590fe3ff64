/** 95 % intervals of means and of what is computed from means, for regression. */
import type { Estimate } from './evaluation';
import { studentQuantile975 } from './normal-quantile';

/**
 * The mean of values with its 95 % interval by Student's t: mean ± t × s ÷ √n. Unit: that of the values. Of one value the
 * interval is unbounded; of none everything is NaN.
 */
export function meanEstimate(values: Float64Array): Estimate {
  const count = values.length;
  if (count === 0) return { value: Number.NaN, interval: [Number.NaN, Number.NaN] };
  const mean = meanOf(values);
  const half = halfWidth(values, mean);
  return { value: mean, interval: [mean - half, mean + half] };
}

/** √ of a mean of squares: the interval of the mean, through the root, which keeps the order. */
export function rootMeanEstimate(squares: Float64Array): Estimate {
  const { value, interval } = meanEstimate(squares);
  return { value: Math.sqrt(value), interval: [Math.sqrt(Math.max(0, interval[0])), Math.sqrt(interval[1])] };
}

/**
 * R² = 1 − A ÷ V with A the mean squared error and V the variance of the labels. The interval is R² ± t × the standard
 * deviation of R²'s influence function ÷ √n (the infinitesimal jackknife: Efron and Tibshirani, "An Introduction to the
 * Bootstrap", 1993, ch. 21): ψᵢ = (A (yᵢ − ȳ)² ÷ V − eᵢ²) ÷ V. It is deterministic and takes one pass, where a bootstrap of a
 * million samples takes a minute. NaN when all labels are equal.
 */
export function determinationEstimate(squaredErrors: Float64Array, labels: Float64Array): Estimate {
  const meanLabel = meanOf(labels);
  const squares = labels.map((label) => (label - meanLabel) ** 2);
  const variance = meanOf(squares);
  const error = meanOf(squaredErrors);
  if (!(variance > 0)) return { value: Number.NaN, interval: [Number.NaN, Number.NaN] };
  const value = 1 - error / variance;
  const influence = squares.map((square, index) => ((error * square) / variance - squaredErrors[index]!) / variance);
  const half = halfWidth(influence, 0);
  return { value, interval: [value - half, value + half] };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function halfWidth(values: Float64Array, mean: number): number {
  const freedom = values.length - 1;
  if (freedom === 0) return Infinity;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return studentQuantile975(freedom) * Math.sqrt(squares / freedom / values.length);
}
