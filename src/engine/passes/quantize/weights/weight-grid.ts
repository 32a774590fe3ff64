/**
 * Grids of whole numbers for the rows of a weight: `real = scale × (code − zeroPoint)`, codes from 0 to 2ᵇ − 1. Signed types
 * hold code − 2ᵇ⁻¹.
 */

import { ROUND_TO_INTEGER } from '../../../round-half-even';

export type WeightBits = 2 | 4 | 8;

export interface GridForm {
  readonly bits: WeightBits;
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
  /** [rows, blocks], float32 values; negative if a symmetric grid then reaches the largest magnitude. */
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

/** The codes that a fit may use. */
export interface Levels extends GridForm {
  /** 2ᵇ − 1. */
  readonly highest: number;
  /** 2ᵇ⁻¹. */
  readonly middle: number;
  /** Rounds to the float type of the scales. */
  roundScale(scale: number): number;
  /** Values half-way between two codes round to the higher one; else away from zero. */
  readonly roundsHalvesUp: boolean;
}

/** The choice of a fit for a block. One object serves all blocks. */
export interface BlockFit {
  /** 0 if any will do. */
  scale: number;
  zeroPoint: number;
}

/** Chooses the grid of `values[start]` … `values[end - 1]`, which are finite: its result goes to `fit`. */
export type FitBlock = (values: FloatArray, start: number, end: number, levels: Levels, fit: BlockFit) => void;

export type FloatArray = Float32Array | Float64Array;

/** Columns of a block. */
export function blockColumns({ blockSize, columns }: Pick<WeightGrid, 'blockSize' | 'columns'>): number {
  return blockSize === 0 ? columns : Math.min(blockSize, columns);
}

/**
 * The integers that a weight may become, from 0 to 2^bits − 1.
 * @param roundScale rounds a scale to the data type that stores it.
 * @param roundsHalvesUp true for kernels that do; others round halves to even.
 */
export function levelsOf(
  form: GridForm,
  roundScale: Levels['roundScale'] = Math.fround,
  roundsHalvesUp = false,
): Levels {
  const { bits, symmetric, blockSize } = form;
  return { bits, symmetric, blockSize, highest: 2 ** bits - 1, middle: 2 ** (bits - 1), roundScale, roundsHalvesUp };
}

/** A grid of a weight [rows, columns], with scales and zero points of 0 for each block. */
export function emptyGrid({ bits, symmetric, blockSize }: GridForm, rows: number, columns: number): WeightGrid {
  const blocks = Math.ceil(columns / blockColumns({ blockSize, columns }));
  const scales = new Float32Array(rows * blocks);
  return { bits, symmetric, blockSize, rows, columns, blocks, scales, zeroPoints: new Uint8Array(rows * blocks) };
}

/** @param values [rows, columns], finite. */
export function fitGrid(
  values: FloatArray,
  rows: number,
  columns: number,
  levels: Levels,
  fitBlock: FitBlock,
): WeightGrid {
  const grid = emptyGrid(levels, rows, columns);
  fitRows(values, grid, levels, fitBlock, 0, rows);
  return grid;
}

function fitRows(
  values: FloatArray,
  grid: WeightGrid,
  levels: Levels,
  fitBlock: FitBlock,
  first: number,
  last: number,
): void {
  const { columns, blocks, scales, zeroPoints } = grid;
  const width = blockColumns(grid);
  const fit: BlockFit = { scale: 1, zeroPoint: levels.middle };
  for (let row = first; row < last; row += 1) {
    const end = (row + 1) * columns;
    for (let block = 0; block < blocks; block += 1) {
      const start = row * columns + block * width;
      fitBlock(values, start, Math.min(end, start + width), levels, fit);
      // A block of zeros, or of numbers next to nothing, has any scale.
      scales[row * blocks + block] = fit.scale || 1;
      zeroPoints[row * blocks + block] = fit.zeroPoint;
    }
  }
}

/**
 * Every value to the nearest code of its block: a float32 product with 1 ÷ scale. Halves go away from zero, as ONNX Runtime's tool
 * writes for DequantizeLinear (`quantize_qdq_matmul_4bits`), unless `levels` say otherwise.
 */
export function roundToGrid(
  values: FloatArray,
  grid: WeightGrid,
  levels: Pick<Levels, 'roundsHalvesUp'> = { roundsHalvesUp: false },
): QuantizedMatrix {
  const codes = new Uint8Array(grid.rows * grid.columns);
  roundRows(values, { grid, codes }, 0, grid.rows, levels);
  return { grid, codes };
}

/**
 * This factor moves a float32 that is half-way between two codes away from zero, and no other across a half. The
 * rounding to even that follows needs no branch, which random signs would make slow.
 */
export const tiesAway = 1 + 2 ** -40;

function roundRows(
  values: FloatArray,
  { grid, codes }: QuantizedMatrix,
  first: number,
  last: number,
  { roundsHalvesUp }: Pick<Levels, 'roundsHalvesUp'>,
): void {
  const { columns, blocks, scales, zeroPoints } = grid;
  const roundBlock = roundsHalvesUp ? roundUp : roundAway;
  const highest = 2 ** grid.bits - 1;
  const width = blockColumns(grid);
  for (let row = first; row < last; row += 1) {
    const rowEnd = (row + 1) * columns;
    for (let block = 0; block < blocks; block += 1) {
      const inverse = Math.fround(1 / scales[row * blocks + block]!);
      const zeroPoint = zeroPoints[row * blocks + block]!;
      const start = row * columns + block * width;
      roundBlock(values, codes, start, Math.min(rowEnd, start + width), inverse, zeroPoint, highest);
    }
  }
}

/** Elements `start` to `end`, which share a scale. */
type RoundBlock = (
  values: FloatArray,
  codes: Uint8Array,
  start: number,
  end: number,
  inverse: number,
  zeroPoint: number,
  highest: number,
) => void;

const roundAway: RoundBlock = (values, codes, start, end, inverse, zeroPoint, highest) => {
  for (let at = start; at < end; at += 1) {
    const quotient = Math.fround(Math.fround(values[at]!) * inverse) * tiesAway;
    const code = ((quotient + ROUND_TO_INTEGER - ROUND_TO_INTEGER) | 0) + zeroPoint;
    codes[at] = code < 0 ? 0 : code > highest ? highest : code;
  }
};

/**
 * Rounds as the tool does for MatMulNBits (`quantize_matmul_4bits`): the zero point is added in float32, then ties go
 * up.
 */
const roundUp: RoundBlock = (values, codes, start, end, inverse, zeroPoint, highest) => {
  for (let at = start; at < end; at += 1) {
    const place = Math.fround(Math.fround(Math.fround(values[at]!) * inverse) + zeroPoint);
    const code = Math.floor(place + 0.5);
    codes[at] = code < 0 ? 0 : code > highest ? highest : code;
  }
};

/** Values of a step, a few milliseconds of work. */
const stepValues = 2 ** 17;

/**
 * Fits and rounds in steps. Each gives the values done by it; after the last one, `matrix` is filled.
 * @param finishRow is called for each row that is rounded.
 */
export function* quantizeSteps(
  values: FloatArray,
  matrix: QuantizedMatrix,
  levels: Levels,
  fitBlock: FitBlock,
  finishRow?: (row: number) => void,
): Iterable<number> {
  const { rows, columns } = matrix.grid;
  const rowsOfStep = Math.max(1, Math.floor(stepValues / columns));
  for (let first = 0; first < rows; first += rowsOfStep) {
    const last = Math.min(rows, first + rowsOfStep);
    fitRows(values, matrix.grid, levels, fitBlock, first, last);
    roundRows(values, matrix, first, last, levels);
    if (finishRow) for (let row = first; row < last; row += 1) finishRow(row);
    yield (last - first) * columns;
  }
}

/** The dequantized values, [rows, columns], equal to those of DequantizeLinear to the bit. */
export function dequantize({ grid, codes }: QuantizedMatrix): Float32Array {
  const { rows, columns, blocks, scales, zeroPoints } = grid;
  const values = new Float32Array(codes.length);
  const width = blockColumns(grid);
  for (let row = 0; row < rows; row += 1) {
    const rowEnd = (row + 1) * columns;
    for (let block = 0; block < blocks; block += 1) {
      const scale = scales[row * blocks + block]!;
      const zeroPoint = zeroPoints[row * blocks + block]!;
      const start = row * columns + block * width;
      const end = Math.min(rowEnd, start + width);
      for (let at = start; at < end; at += 1) values[at] = (codes[at]! - zeroPoint) * scale;
    }
  }
  return values;
}
