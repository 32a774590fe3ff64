/**
 * Returns the `q` quantile of ascending values, with linear interpolation between the two nearest. This is type 7 of
 * Hyndman and Fan ("Sample Quantiles in Statistical Packages", 1996), the default of NumPy and R. NaN for an empty
 * list.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  return valueAtRank(sorted, (sorted.length - 1) * Math.min(1, Math.max(0, q)));
}

/** The value at a rank from 0 to n − 1 of values sorted upwards; between two ranks on the line that joins their values. */
function valueAtRank(sorted: ArrayLike<number>, rank: number): number {
  const below = Math.floor(rank);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (rank - below);
}

const evenSteps = 20;

/** A distribution in few numbers: the 0, 5, … 100 % quantiles. None of an empty list. */
export function evenQuantiles(values: ArrayLike<number>): number[] {
  if (values.length === 0) return [];
  const sorted = Float64Array.from(values).sort();
  return Array.from({ length: evenSteps + 1 }, (_, step) =>
    valueAtRank(sorted, ((sorted.length - 1) * step) / evenSteps),
  );
}

/** The median: of an even number of values the mean of the middle two. NaN for an empty list. */
export function median(values: ArrayLike<number>): number {
  return quantileOfSorted(Float64Array.from(values).sort(), 0.5);
}

/** Median absolute deviation from the median, unscaled: multiply by 1.4826 to estimate a normal standard deviation. */
export function medianAbsoluteDeviation(values: ArrayLike<number>): number {
  const center = median(values);
  return median(Float64Array.from(values, (value) => Math.abs(value - center)));
}
