/** The error of quantized weights, measured on some rows. */
import { dequantize, type QuantizedMatrix } from './weight-grid';
import { RowSample, type MatrixShape } from './weight-matrix';

/** The number of values that is enough for a figure and a picture. */
const mostValues = 2 ** 14;

const bins = 64;

export interface WeightComparison {
  /** Σ (after − before)² ÷ Σ before²; 0 for weights that are all zero. */
  readonly relativeError: number;
  /** Ends of the equal bins that are counted, from the smallest to the largest weight before. */
  readonly edges: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Rows for `compareWeights`, of which none is gathered yet. */
export function rowsToCompare(shape: MatrixShape): RowSample {
  return new RowSample(shape, mostValues);
}

/** @param quantizeRows gives some rows on their grid: [rows, columns] of what it is given, which are the rows of these indices. */
export function compareWeights(
  { indices, values: before }: RowSample,
  quantizeRows: (values: Float32Array, indices: readonly number[]) => QuantizedMatrix,
): WeightComparison {
  const after = dequantize(quantizeRows(before, indices));
  let [signal, noise] = [0, 0];
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < before.length; at += 1) {
    const value = before[at]!;
    const error = after[at]! - value;
    signal += value * value;
    noise += error * error;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return {
    relativeError: signal > 0 ? noise / signal : 0,
    edges: Array.from({ length: bins + 1 }, (_, at) => low + ((high - low) * at) / bins),
    before: countBins(before, low, high),
    after: countBins(after, low, high),
  };
}

/** Counts values by bins. Values beyond the ends count at them. */
function countBins(values: Float32Array, low: number, high: number): readonly number[] {
  const counts = new Int32Array(bins);
  const scale = high > low ? bins / (high - low) : 0;
  for (let at = 0; at < values.length; at += 1) {
    const bin = Math.floor((values[at]! - low) * scale);
    counts[bin < 0 ? 0 : bin >= bins ? bins - 1 : bin]! += 1;
  }
  return [...counts];
}

/** Some rows of a quantized weight. */
export function rowsOf({ grid, codes }: QuantizedMatrix, indices: readonly number[]): QuantizedMatrix {
  const { columns, blocks } = grid;
  const pick = <Values extends Float32Array | Uint8Array>(source: Values, width: number, target: Values): Values => {
    for (const [at, row] of indices.entries()) target.set(source.subarray(row * width, (row + 1) * width), at * width);
    return target;
  };
  const count = indices.length;
  const scales = pick(grid.scales, blocks, new Float32Array(count * blocks));
  const zeroPoints = pick(grid.zeroPoints, blocks, new Uint8Array(count * blocks));
  const picked = pick(codes, columns, new Uint8Array(count * columns));
  return { grid: { ...grid, rows: count, scales, zeroPoints }, codes: picked };
}
