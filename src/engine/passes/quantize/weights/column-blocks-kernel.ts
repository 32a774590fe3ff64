/**
 * Rounds blocks of columns that lie side by side in one go, by `kernels/column-blocks.ts`: the range of a block, its grid and its codes. Values
 * that have been read into its memory are not copied.
 */
import { growTo, kernelOnce } from '../../../wasm-kernel';

/** Rounds a block. Addresses and sizes are in bytes. `seen` gets bits by which a value that is not finite is found. */
export type RoundBlock = (
  values: number,
  bytes: number,
  rowBytes: number,
  scales: number,
  zeroPoints: number,
  codes: number,
  seen: number,
) => void;

/** Bytes at `seen`: a vector, then work space. */
export const seenBytes = 16 + 128;

/** The highest byte of all shifted quotients, which NaN has not. */
const highestByteOfShifted = 0x4b;

const functionName = (bits: 4 | 8, symmetric: boolean): `round${4 | 8}${'' | 'Symmetric'}` =>
  `round${bits}${symmetric ? 'Symmetric' : ''}`;

type BlocksKernel = Readonly<Record<ReturnType<typeof functionName>, RoundBlock>> & {
  readonly memory: WebAssembly.Memory;
};

/** Its memory holds only the buffers that `roomForColumns` returned. */
const blocksKernel = kernelOnce<BlocksKernel>();

/** Memory to read values into. Its content lasts until the next call of a rounding function. */
export function roomForColumns(sizeBytes: number): Uint8Array {
  const { memory } = blocksKernel();
  growTo(memory, sizeBytes);
  return new Uint8Array(memory.buffer, 0, sizeBytes);
}

export interface RoundedBlocks {
  /** [blocks, width]. */
  readonly scales: Float32Array;
  /** Packed zero points, [blocks, width]. */
  readonly zeroPoints: Uint8Array;
  /** Packed codes, as many as values. */
  readonly codes: Uint8Array;
}

export interface ColumnBlocks {
  readonly width: number;
  /** Rows that share a scale; the last block may have fewer. */
  readonly height: number;
  readonly bits: 4 | 8;
  readonly symmetric: boolean;
}

/**
 * The numbers of `gridOfRange` and `roundToGrid` with scales of float32, of two's complement where symmetric; `undefined` if a value is
 * not finite. They lie in memory that the next call uses again.
 * @param values [rows, width], the width a multiple of `tileColumns`.
 */
export function roundColumnBlocks(
  values: Float32Array,
  { width, height, bits, symmetric }: ColumnBlocks,
): RoundedBlocks | undefined {
  const kernel = blocksKernel();
  const rows = values.length / width;
  const grids = Math.ceil(rows / height) * width;
  const scalesStart = values.byteLength;
  const zerosStart = scalesStart + grids * 4;
  const codesStart = zerosStart + (grids * bits) / 8;
  const seenStart = codesStart + (values.length * bits) / 8;
  const { memory } = kernel;
  const isThere = values.buffer === memory.buffer && values.byteOffset === 0;
  growTo(memory, seenStart + seenBytes);
  if (!isThere) new Float32Array(memory.buffer).set(values);
  const seen = new Uint32Array(memory.buffer, seenStart, 4).fill(0);
  const round = kernel[functionName(bits, symmetric)];
  for (let row = 0, grid = 0; row < rows; row += height, grid += width) {
    const bytes = Math.min(height, rows - row) * width * 4;
    const codes = codesStart + (row * width * bits) / 8;
    round(row * width * 4, bytes, width * 4, scalesStart + grid * 4, zerosStart + (grid * bits) / 8, codes, seenStart);
  }
  if (seen.some((word) => word >>> 24 !== highestByteOfShifted)) return undefined;
  return {
    scales: new Float32Array(memory.buffer, scalesStart, grids),
    zeroPoints: new Uint8Array(memory.buffer, zerosStart, codesStart - zerosStart),
    codes: new Uint8Array(memory.buffer, codesStart, seenStart - codesStart),
  };
}
