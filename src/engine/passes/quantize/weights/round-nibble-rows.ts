/**
 * Rounds the second operand of a product to nearest for MatMulNBits, in its stored order and piece by piece as it is
 * read. The bytes are those of the transposed matrix.
 */
import { bytesOf } from '../../../onnx/byte-views';
import { DataType } from '../../../onnx/data-type';
import { tileColumns } from './column-kernel';
import type { PlannedLayer } from './layer-plan';
import type { PackedWeight } from './packed-weights';
import type { DataFreeMethod } from './weights-options';
import { growTo, kernelOnce } from '../../../wasm-kernel';
import { type RoundBlock, seenBytes } from './column-blocks-kernel';

/** The bytes of a block in every column: blocks of 32 numbers, or fewer. */
const bytesOfColumn = 16;

/** `kernels/nibble-rows.ts` rounds blocks of columns that lie side by side to the bytes of MatMulNBits: two numbers of a column per byte. */
interface NibbleRowsKernel {
  readonly memory: WebAssembly.Memory;
  readonly roundNibbleRows: RoundBlock;
  readonly roundNibbleRowsSymmetric: RoundBlock;
}

const nibbleRowsKernel = kernelOnce<NibbleRowsKernel>();

interface RoundedNibbles {
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
function roundNibbleRows(values: Float32Array, width: number, symmetric: boolean): RoundedNibbles | undefined {
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

/** Numbers that a block of `roundNibbleRows` has. */
const height = bytesOfColumn * 2;

/** A block of wider layers would take too long. */
const mostWidth = 2 ** 17;

/** True for layers that this can do. */
export function canRoundNibbleRows({ layer, form, grid }: PlannedLayer, method: DataFreeMethod): boolean {
  const { rows: width, columns, storedBy, together = 1 } = layer.shape;
  if (method !== 'rtn' || form !== 'matmul-nbits' || grid.bits !== 4 || grid.blockSize !== height) return false;
  if (storedBy !== 'columns' || together > 1 || layer.weight.tensor.dataType !== DataType.float32) return false;
  return width % tileColumns === 0 && width <= mostWidth && columns % height === 0;
}

/** Like `roundBlocks`. */
export function* roundNibbles(
  { layer, grid: { symmetric } }: PlannedLayer,
  read: (start: number, end: number) => Float32Array,
): Generator<number, PackedWeight | undefined, void> {
  const { rows: width, columns: rows } = layer.shape;
  const blocks = rows / height;
  const wordsOfBlock = bytesOfColumn / 4;
  const scales = new Float32Array(width * blocks);
  const codes = new Int32Array(width * blocks * wordsOfBlock);
  const zerosOfRow = Math.ceil(blocks / 2);
  // Unused halves of bytes hold the middle code.
  const zeroPoints = new Uint8Array(width * zerosOfRow).fill(0x80);
  for (let block = 0; block < blocks; block += 1) {
    const start = block * height * width;
    const rounded = roundNibbleRows(read(start, start + height * width), width, symmetric);
    if (!rounded) return undefined;
    for (let row = 0, at = block; row < width; row += 1, at += blocks) {
      scales[at] = rounded.scales[row]!;
      const [from, to] = [row * wordsOfBlock, at * wordsOfBlock];
      codes[to] = rounded.codes[from]!;
      codes[to + 1] = rounded.codes[from + 1]!;
      codes[to + 2] = rounded.codes[from + 2]!;
      codes[to + 3] = rounded.codes[from + 3]!;
    }
    if (!symmetric) putZeroPoints(zeroPoints, rounded.zeroPoints, block, zerosOfRow);
    yield height * width;
  }
  return { values: bytesOf(codes), scale: bytesOf(scales), ...(!symmetric && { zeroPoint: zeroPoints }) };
}

/** Writes the zero points of a block into its half of a byte in every row. */
function putZeroPoints(target: Uint8Array, zeroPoints: Float32Array, block: number, bytesOfRow: number): void {
  const shift = (block & 1) * 4;
  const others = 0xf0 >> shift;
  for (let row = 0, at = block >> 1; row < zeroPoints.length; row += 1, at += bytesOfRow) {
    target[at] = (target[at]! & others) | (zeroPoints[row]! << shift);
  }
}
