/**
 * Rounds blocks of columns that lie side by side to the bytes that MatMulNBits reads, by `kernels/nibble-rows.ts`: two numbers of a column
 * per byte.
 */
import { growTo, kernelOnce } from '../../../wasm-kernel';
import { seenBytes, type RoundBlock } from './column-blocks-kernel';

/** The bytes of a block in every column: blocks of 32 numbers, or fewer. */
export const bytesOfColumn = 16;

interface NibbleRowsKernel {
  readonly memory: WebAssembly.Memory;
  readonly roundNibbleRows: RoundBlock;
  readonly roundNibbleRowsSymmetric: RoundBlock;
}

const nibbleRowsKernel = kernelOnce<NibbleRowsKernel>();

export interface RoundedNibbles {
  /** One for each column. */
  readonly scales: Float32Array;
  /** Zero points as float32. */
  readonly zeroPoints: Float32Array;
  /** `bytesOfColumn` for each column. */
  readonly codes: Int32Array;
}

/**
 * The numbers of `gridOfRange` and `roundToGrid` with scales of float32, halves rounded up; `undefined` if a value is not finite. They lie
 * in memory that the next call uses again.
 * @param values a block, [rows, width], of an even number of rows, at most 32, the width a multiple of `tileColumns`.
 */
export function roundNibbleRows(values: Float32Array, width: number, symmetric: boolean): RoundedNibbles | undefined {
  const kernel = nibbleRowsKernel();
  const { memory } = kernel;
  const scalesStart = values.byteLength;
  const zerosStart = scalesStart + width * 4;
  const codesStart = zerosStart + width * 4;
  const seenStart = codesStart + width * bytesOfColumn;
  growTo(memory, seenStart + seenBytes);
  new Float32Array(memory.buffer).set(values);
  const seen = new Uint32Array(memory.buffer, seenStart, 4).fill(0);
  const round = symmetric ? kernel.roundNibbleRowsSymmetric : kernel.roundNibbleRows;
  round(0, values.byteLength, width * 4, scalesStart, zerosStart, codesStart, seenStart);
  if (seen.some((word) => word !== 0)) return undefined;
  return {
    scales: new Float32Array(memory.buffer, scalesStart, width),
    zeroPoints: new Float32Array(memory.buffer, zerosStart, width),
    codes: new Int32Array(memory.buffer, codesStart, (width * bytesOfColumn) / 4),
  };
}
