/** Factors of SmoothQuant (Xiao et al. 2023), and what static int8 makes of products with and without them. */
import { roundHalfEven } from '../../../round-half-even';

/** What was seen of a value, [channels] each, and rows of it that results are judged on. */
export interface ObservedChannels {
  readonly minimum: Float64Array;
  readonly maximum: Float64Array;
  /** [rows, channels]. */
  readonly rows: readonly Float32Array[];
}

/** Some columns of the matrices that multiply the value, [channels] each. */
export type MatrixColumns = readonly Float32Array[];

/** Beyond that, channels would leave what float32 tells apart. */
const largestExponent = 10;

/**
 * s = |x|^strength ÷ |w|^(1 − strength) for each channel, of the largest magnitudes, as the nearest power of two: products with it are
 * exact, so that the model computes the very same numbers. The middle one is 1.
 * @param weightSpans largest magnitude of the weights of each channel.
 */
export function smoothingFactors(
  { minimum, maximum }: Pick<ObservedChannels, 'minimum' | 'maximum'>,
  weightSpans: Float64Array,
  strength: number,
): Float64Array {
  const exponents = minimum.map((low, channel) => {
    const span = Math.max(-low, maximum[channel]!);
    const weightSpan = weightSpans[channel]!;
    if (!(span > 0 && weightSpan > 0)) return Number.NaN;
    return strength * Math.log2(span) - (1 - strength) * Math.log2(weightSpan);
  });
  const known = exponents.filter((exponent) => !Number.isNaN(exponent)).toSorted();
  const middle = known[Math.floor(known.length / 2)] ?? 0;
  return exponents.map((exponent) => {
    if (Number.isNaN(exponent)) return 1;
    const rounded = roundHalfEven(exponent - middle);
    return 2 ** Math.min(largestExponent, Math.max(-largestExponent, rounded));
  });
}

/**
 * Error of the products as a share of their signal, where the value divided by the factors becomes uint8 with one scale and the
 * matrix int8 with a scale for each column.
 */
export function productError(
  { minimum, maximum, rows }: ObservedChannels,
  columns: MatrixColumns,
  factors: Float64Array,
): number {
  let [low, high] = [0, 0];
  for (let channel = 0; channel < factors.length; channel += 1) {
    low = Math.min(low, minimum[channel]! / factors[channel]!);
    high = Math.max(high, maximum[channel]! / factors[channel]!);
  }
  const scale = (high - low) / 255 || 1;
  const zeroPoint = roundHalfEven(-low / scale);
  const quantized = columns.map((column) => quantizedColumn(column, factors));
  const integers = new Float64Array(factors.length);
  let [noise, signal] = [0, 0];
  for (const row of rows) {
    for (let channel = 0; channel < integers.length; channel += 1) {
      const code = roundHalfEven(row[channel]! / factors[channel]! / scale) + zeroPoint;
      integers[channel] = (Math.min(255, Math.max(0, code)) - zeroPoint) * scale;
    }
    for (const [at, column] of columns.entries()) {
      const small = quantized[at]!;
      let [exact, rounded] = [0, 0];
      for (let channel = 0; channel < integers.length; channel += 1) {
        exact += row[channel]! * column[channel]!;
        rounded += integers[channel]! * small[channel]!;
      }
      noise += (rounded - exact) ** 2;
      signal += exact ** 2;
    }
  }
  return signal > 0 ? noise / signal : 0;
}

function quantizedColumn(column: Float32Array, factors: Float64Array): Float64Array {
  let span = 0;
  for (let channel = 0; channel < column.length; channel += 1) {
    span = Math.max(span, Math.abs(column[channel]! * factors[channel]!));
  }
  const scale = span / 127 || 1;
  return Float64Array.from(column, (weight, channel) => roundHalfEven((weight * factors[channel]!) / scale) * scale);
}
