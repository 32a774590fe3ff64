import { roundHalfEven } from '../../../round-half-even';
import type { ValueRange, ValueStatistics } from '../../../calibration/value-statistics';
import { affineParameters, representableRange, type AffineOptions } from '../affine';
import { float32Format } from '../float-format';

const binCount = 4096;

/** Signal against the error of rounding and cutting off, in decibels; `null` if there is neither. */
export function roundingSqnrDb(seen: ValueStatistics, range: ValueRange, options: AffineOptions): number | null {
  const bins = binsOf(seen);
  let signal = 0;
  for (let at = 0; at < bins.middles.length; at += 1) signal += bins.counts[at]! * bins.middles[at]! ** 2;
  const error = squaredError(bins, range, options);
  return signal > 0 && error > 0 ? 10 * Math.log10(signal / error) : null;
}

interface Bins {
  readonly middles: Float64Array;
  readonly counts: Float64Array;
}

/** Bins that are not empty, of equal width over the range that was seen. */
function binsOf({ minimum, maximum, histogram }: ValueStatistics): Bins {
  const width = (maximum - minimum) / binCount;
  const edge = (at: number): number => minimum + width * at;
  const counts = histogram.between(Float64Array.from({ length: binCount + 1 }, (_, at) => edge(at)));
  const used = Array.from(counts.keys()).filter((at) => counts[at]! > 0);
  return {
    middles: Float64Array.from(used, (at) => edge(at + 0.5)),
    counts: Float64Array.from(used, (at) => counts[at]!),
  };
}

/** The squared error of rounding and cutting off. */
function squaredError(bins: Bins, { minimum, maximum }: ValueRange, options: AffineOptions): number {
  const { middles, counts } = bins;
  const { scale, zeroPoint } = affineParameters(minimum, maximum, options, float32Format);
  const { lowest, highest } = representableRange(options.type);
  let error = 0;
  for (let at = 0; at < middles.length; at += 1) {
    const value = middles[at]!;
    const code = Math.min(highest, Math.max(lowest, roundHalfEven(value / scale) + zeroPoint));
    error += counts[at]! * (value - (code - zeroPoint) * scale) ** 2;
  }
  return error;
}
