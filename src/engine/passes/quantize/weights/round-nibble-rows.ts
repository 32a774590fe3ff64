/**
 * Rounds the second operand of a product to nearest for MatMulNBits, in its stored order and piece by piece as it is
 * read. The bytes are those of the transposed matrix.
 */
import { bytesOf } from '../../../onnx/byte-views';
import { DataType } from '../../../onnx/data-type';
import { tileColumns } from './column-kernel';
import type { PlannedLayer } from './layer-plan';
import { bytesOfColumn, roundNibbleRows } from './nibble-rows-kernel';
import type { PackedWeight } from './packed-weights';
import type { DataFreeMethod } from './weights-options';

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
