/**
 * Grids of whole numbers for the rows of a weight: `real = scale × (code − zeroPoint)`, codes from 0 to 2ᵇ − 1. Signed types
 * hold code − 2ᵇ⁻¹.
 */
import { roundHalfEven } from '../../../round-half-even';

export interface GridForm {
  readonly bits: 4 | 8;
  /** The zero point is the middle of the codes. */
  readonly symmetric: boolean;
  /** Columns that share a scale; 0: all of a row. */
  readonly blockSize: number;
}

export interface WeightGrid extends GridForm {
  readonly rows: number;
  readonly columns: number;
  /** Blocks of a row; the last may have fewer columns. */
  readonly blocks: number;
  /** [rows, blocks], float32 values. */
  readonly scales: Float32Array;
  /** [rows, blocks]. */
  readonly zeroPoints: Uint8Array;
}

/** A weight on its grid. */
export interface QuantizedMatrix {
  readonly grid: WeightGrid;
  /** [rows, columns]. */
  readonly codes: Uint8Array;
}

/** Columns of a block. */
export function blockColumns({ blockSize, columns }: Pick<WeightGrid, 'blockSize' | 'columns'>): number {
  return blockSize === 0 ? columns : Math.min(blockSize, columns);
}

/**
 * The grid from the smallest to the largest value of each block, which always holds zero; symmetric: from the largest magnitude.
 * @param values [rows, columns], finite.
 * @param roundScale to the float type of the scales.
 */
export function minMaxGrid(
  values: Float32Array | Float64Array,
  rows: number,
  columns: number,
  { bits, symmetric, blockSize }: GridForm,
  roundScale: (scale: number) => number = Math.fround,
): WeightGrid {
  const width = blockColumns({ blockSize, columns });
  const blocks = Math.ceil(columns / width);
  const scales = new Float32Array(rows * blocks);
  const zeroPoints = new Uint8Array(rows * blocks);
  const highest = 2 ** bits - 1;
  const middle = 2 ** (bits - 1);
  for (let row = 0; row < rows; row += 1) {
    for (let block = 0; block < blocks; block += 1) {
      let low = 0;
      let high = 0;
      const end = row * columns + Math.min(columns, (block + 1) * width);
      for (let at = row * columns + block * width; at < end; at += 1) {
        const value = values[at]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      const range = symmetric ? Math.max(-low, high) : high - low;
      // A block of zeros, or of numbers next to nothing, has any scale.
      const scale = roundScale(range / (symmetric ? middle - 1 : highest)) || 1;
      const at = row * blocks + block;
      scales[at] = scale;
      zeroPoints[at] = symmetric ? middle : Math.min(highest, Math.max(0, roundHalfEven(-low / scale)));
    }
  }
  return { bits, symmetric, blockSize, rows, columns, blocks, scales, zeroPoints };
}

/** Every value to the nearest code of its block: round to nearest, ties to even. */
export function roundToGrid(values: Float32Array | Float64Array, grid: WeightGrid): QuantizedMatrix {
  const { rows, columns, blocks, scales, zeroPoints } = grid;
  const codes = new Uint8Array(rows * columns);
  const highest = 2 ** grid.bits - 1;
  const width = blockColumns(grid);
  for (let row = 0; row < rows; row += 1) {
    for (let block = 0; block < blocks; block += 1) {
      const scale = scales[row * blocks + block]!;
      const zeroPoint = zeroPoints[row * blocks + block]!;
      const end = row * columns + Math.min(columns, (block + 1) * width);
      for (let at = row * columns + block * width; at < end; at += 1) {
        const code = roundHalfEven(values[at]! / scale) + zeroPoint;
        codes[at] = code < 0 ? 0 : code > highest ? highest : code;
      }
    }
  }
  return { grid, codes };
}

/** What the codes stand for, [rows, columns], to the bit what DequantizeLinear gives. */
export function dequantize({ grid, codes }: QuantizedMatrix): Float32Array {
  const { rows, columns, blocks, scales, zeroPoints } = grid;
  const values = new Float32Array(codes.length);
  const width = blockColumns(grid);
  for (let row = 0; row < rows; row += 1) {
    for (let block = 0; block < blocks; block += 1) {
      const scale = scales[row * blocks + block]!;
      const zeroPoint = zeroPoints[row * blocks + block]!;
      const end = row * columns + Math.min(columns, (block + 1) * width);
      for (let at = row * columns + block * width; at < end; at += 1) values[at] = (codes[at]! - zeroPoint) * scale;
    }
  }
  return values;
}
