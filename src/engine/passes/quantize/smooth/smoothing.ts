/** Factors of SmoothQuant and of AWQ, and what rounding makes of products with and without them. */
import { roundHalfEven } from '../../../round-half-even';
import { dequantize, fitGrid, roundToGrid, type FitBlock, type Levels } from '../weights/weight-grid';

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

/** What channels are evened out for. */
export interface SmoothingAim {
  /** That are tried. */
  readonly strengths: readonly number[];
  /**
   * A factor for each channel, by which the value is divided and the weights are multiplied. The middle one is 1.
   * @param weightSpans largest magnitude of the weights of each channel.
   */
  factors(seen: ObservedChannels, weightSpans: Float64Array, strength: number): Float64Array;
  /** Error of the products with these factors, as a share of their signal. */
  error(seen: ObservedChannels, columns: MatrixColumns, factors: Float64Array): number;
}

/** SmoothQuant (Xiao et al. 2023): the value becomes uint8 with one scale, the matrix int8 with a scale for each column. */
export const beforeIntegers: SmoothingAim = {
  strengths: [0.25, 0.4, 0.5, 0.6, 0.75],
  /**
   * s = |x|^strength ÷ |w|^(1 − strength), of the largest magnitudes, as the nearest power of two: products with it are exact, so that
   * the model computes the very same numbers.
   */
  factors: ({ minimum, maximum }, weightSpans, strength) =>
    factorsOf(
      minimum.map((low, channel) => {
        const span = Math.max(-low, maximum[channel]!);
        return strength * Math.log2(span) - (1 - strength) * Math.log2(weightSpans[channel]!);
      }),
      roundHalfEven,
    ),
  error(seen, columns, factors) {
    const toInteger = integersOf(seen, factors);
    return shareOfError(
      seen.rows,
      columns,
      columns.map((column) => inBytes(column, factors)),
      (value, channel) => toInteger(value / factors[channel]!),
    );
  },
};

/** AWQ (Lin et al. 2023): the matrix alone is rounded, to nearest on the grids that `fitBlock` chooses. */
export function beforeWeights(levels: Levels, fitBlock: FitBlock): SmoothingAim {
  return {
    strengths: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    /**
     * s = |x|^strength, of the mean magnitudes: weights that are multiplied with much are rounded finer. Powers of two would be too coarse:
     * the model computes the same but for float32's rounding.
     */
    factors: ({ rows, minimum }, _, strength) => {
      const sums = new Float64Array(minimum.length);
      for (const row of rows) row.forEach((value, channel) => (sums[channel]! += Math.abs(value)));
      return factorsOf(sums.map((sum) => strength * Math.log2(sum / rows.length)));
    },
    error: ({ rows }, columns, factors) =>
      shareOfError(
        rows,
        columns,
        columns.map((column) => inFewBits(column, factors, levels, fitBlock)),
        (value, channel) => value / factors[channel]!,
      ),
  };
}

/** Two to the power of each exponent less the middle one, which so becomes 1; 1 too where an exponent is not finite: nothing was seen. */
function factorsOf(
  exponents: Float64Array,
  round: (exponent: number) => number = (exponent) => exponent,
): Float64Array {
  const known = exponents.filter(Number.isFinite).toSorted();
  const middle = known[Math.floor(known.length / 2)] ?? 0;
  return exponents.map((exponent) => {
    if (!Number.isFinite(exponent)) return 1;
    return Math.fround(2 ** Math.min(largestExponent, Math.max(-largestExponent, round(exponent - middle))));
  });
}

/** The values that uint8 with one scale has for these channels, divided by the factors. */
function integersOf({ minimum, maximum }: ObservedChannels, factors: Float64Array): (value: number) => number {
  let [low, high] = [0, 0];
  for (let channel = 0; channel < factors.length; channel += 1) {
    low = Math.min(low, minimum[channel]! / factors[channel]!);
    high = Math.max(high, maximum[channel]! / factors[channel]!);
  }
  const scale = (high - low) / 255 || 1;
  const zeroPoint = roundHalfEven(-low / scale);
  return (value) => (Math.min(255, Math.max(0, roundHalfEven(value / scale) + zeroPoint)) - zeroPoint) * scale;
}

/** @param small the columns times the factors, rounded. @param fed what the product then reads for a value of a channel. */
function shareOfError(
  rows: readonly Float32Array[],
  columns: MatrixColumns,
  small: readonly (Float32Array | Float64Array)[],
  fed: (value: number, channel: number) => number,
): number {
  let [noise, signal] = [0, 0];
  for (const row of rows) {
    const read = Float64Array.from(row, fed);
    for (const [at, column] of columns.entries()) {
      let [exact, rounded] = [0, 0];
      for (let channel = 0; channel < read.length; channel += 1) {
        exact += row[channel]! * column[channel]!;
        rounded += read[channel]! * small[at]![channel]!;
      }
      noise += (rounded - exact) ** 2;
      signal += exact ** 2;
    }
  }
  return signal > 0 ? noise / signal : 0;
}

function inBytes(column: Float32Array, factors: Float64Array): Float64Array {
  let span = 0;
  for (let channel = 0; channel < column.length; channel += 1) {
    span = Math.max(span, Math.abs(column[channel]! * factors[channel]!));
  }
  const scale = span / 127 || 1;
  return Float64Array.from(column, (weight, channel) => roundHalfEven((weight * factors[channel]!) / scale) * scale);
}

function inFewBits(column: Float32Array, factors: Float64Array, levels: Levels, fitBlock: FitBlock): Float32Array {
  const scaled = column.map((weight, channel) => weight * factors[channel]!);
  return dequantize(roundToGrid(scaled, fitGrid(scaled, 1, scaled.length, levels, fitBlock)));
}
