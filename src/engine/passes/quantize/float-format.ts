/** The two float formats whose weights are quantized, as the arithmetic of scales sees them. */
import { roundHalfEven } from '../../round-half-even';

export interface FloatFormat {
  /** The nearest value of the format, ties to even. */
  round(value: number): number;
  /** True when a scale (in double precision) is too small to be used in this format. */
  isTooSmallForScale(exactScale: number): boolean;
}

const SMALLEST_NORMAL_FLOAT32 = 2 ** -126;

export const float32Format: FloatFormat = {
  round: Math.fround,
  isTooSmallForScale: (exactScale) => exactScale < SMALLEST_NORMAL_FLOAT32,
};

/** Subnormal float16 scales are used; only those that round to zero are not. */
export const float16Format: FloatFormat = {
  round: roundToFloat16,
  isTooSmallForScale: (exactScale) => roundToFloat16(exactScale) === 0,
};

/** The float16 nearest to a double, ties to even; magnitudes from 65520 give infinity. */
export function roundToFloat16(value: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude < 65520)) return magnitude >= 65520 ? Math.sign(value) * Infinity : value;
  // Spacing of float16 values around `magnitude`: 2^-24 below the normal range, else 2^(exponent - 10).
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  let spacing = 2 ** (exponent - 10);
  // Math.log2 may be off by one in the last place next to a power of two.
  if (magnitude >= 2 ** (exponent + 1)) spacing *= 2;
  else if (exponent > -14 && magnitude < 2 ** exponent) spacing /= 2;
  return Math.sign(value) * roundHalfEven(magnitude / spacing) * spacing;
}
