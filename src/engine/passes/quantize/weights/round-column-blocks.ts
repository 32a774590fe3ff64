/**
 * Rounds the second operand of a product to nearest in blocks, piece by piece as it is read. The bytes are those of
 * `roundColumns`, without the whole weight in memory.
 */
import { bytesOf } from '../../../onnx/byte-views';
import { tileColumns } from './column-kernel';
import { roundColumnBlocks } from './column-blocks-kernel';
import type { PlannedLayer } from './layer-plan';
import type { PackedWeight } from './packed-weights';
import { canRoundColumns } from './round-columns';
import { blockColumns } from './weight-grid';
import type { DataFreeMethod } from './weights-options';

/** Numbers of a step: less than a millisecond of work, and small enough to stay in a processor's cache from reading to rounding. */
const stepNumbers = 2 ** 17;

/** A step is one block at least: of wider layers, it would take too long. */
const mostNumbersOfBlock = 2 ** 22;

/** True for layers that this can do. */
export function canRoundBlocks(planned: PlannedLayer, method: DataFreeMethod): boolean {
  const { rows: width, columns } = planned.layer.shape;
  const { blockSize } = planned.grid;
  if (blockSize === 0 || width % tileColumns !== 0 || !canRoundColumns(planned, method)) return false;
  return width * blockColumns({ blockSize, columns }) <= mostNumbersOfBlock;
}

/**
 * Each step gives the weights that it is done with; at the end, `undefined` if some of them are not finite.
 * @param read numbers of the tensor from `start` to before `end`, until the next call; fastest where they lie in `roomForColumns`.
 */
export function* roundBlocks(
  { layer, grid }: PlannedLayer,
  read: (start: number, end: number) => Float32Array,
): Generator<number, PackedWeight | undefined, void> {
  const { rows: width, columns: rows } = layer.shape;
  const bits = grid.bits === 4 ? 4 : 8;
  const { symmetric } = grid;
  const height = blockColumns({ ...grid, columns: rows });
  const grids = Math.ceil(rows / height) * width;
  const scales = new Float32Array(grids);
  const zeroPoints = new Uint8Array((grids * bits) / 8);
  const codes = new Uint8Array((rows * width * bits) / 8);
  const rowsOfStep = Math.max(1, Math.floor(stepNumbers / (height * width))) * height;
  for (let row = 0; row < rows; row += rowsOfStep) {
    const [start, end] = [row * width, Math.min(rows, row + rowsOfStep) * width];
    const rounded = roundColumnBlocks(read(start, end), { width, height, bits, symmetric });
    if (!rounded) return undefined;
    const first = (row / height) * width;
    scales.set(rounded.scales, first);
    zeroPoints.set(rounded.zeroPoints, (first * bits) / 8);
    codes.set(rounded.codes, (start * bits) / 8);
    yield end - start;
  }
  return { values: codes, scale: bytesOf(scales), ...(!symmetric && { zeroPoint: zeroPoints }) };
}
