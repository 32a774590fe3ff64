/**
 * Rounds the second operand of a product to nearest in the order in which it is stored, [columns, rows] of the layer, without
 * turning the matrix: the numbers of `roundToGrid`, several times as fast.
 */
import { bytesOf } from '../../../onnx/byte-views';
import { DataType } from '../../../onnx/data-type';
import { ROUND_TO_INTEGER } from '../../../round-half-even';
import { RangeAccumulator } from '../integer-kernels';
import { gridOfRange } from './fits/min-max';
import type { PlannedLayer } from './layer-plan';
import { packBits, type PackedWeight } from './packed-weights';
import { blockColumns, levelsOf, tiesAway, type BlockFit, type Levels } from './weight-grid';
import type { DataFreeMethod } from './weights-options';

/** Numbers of a step, a millisecond of work. */
const stepNumbers = 2 ** 18;

/** True for layers that this can do. */
export function canRoundColumns({ layer, form, grid }: PlannedLayer, method: DataFreeMethod): boolean {
  const { shape, weight } = layer;
  if (method !== 'rtn' || form !== 'dequantize' || shape.storedBy !== 'columns') return false;
  return weight.tensor.dataType === DataType.float32 && (grid.bits === 8 || (grid.bits === 4 && shape.rows % 2 === 0));
}

/** Each step gives the weights that it is done with. @param values in the order of the tensor, finite. */
export function* roundColumns(
  { layer, grid }: PlannedLayer,
  values: Float32Array,
): Generator<number, PackedWeight, void> {
  // In memory a row holds one number of every output: what shares a scale lies below each other.
  const { rows: width, columns: height } = layer.shape;
  const levels = levelsOf(grid);
  const blockHeight = blockColumns({ ...grid, columns: height });
  const blocks = Math.ceil(height / blockHeight);
  const scales = new Float32Array(blocks * width);
  const zeroPoints = new Uint8Array(blocks * width);
  const packed = new Uint8Array((width * height * grid.bits) / 8);
  const step = { inverses: new Float64Array(width), zeros: new Int32Array(width) };
  const rowsOfStep = Math.max(1, Math.floor(stepNumbers / width));
  for (let block = 0; block < blocks; block += 1) {
    const first = block * blockHeight;
    const last = Math.min(height, first + blockHeight);
    const ranges = new RangeAccumulator(width);
    for (let row = first; row < last; row += rowsOfStep) {
      const end = Math.min(last, row + rowsOfStep);
      ranges.addInterleaved(values.subarray(row * width, end * width));
      yield 0;
    }
    const offset = block * width;
    fitColumns(ranges, levels, scales.subarray(offset, offset + width), zeroPoints.subarray(offset, offset + width));
    for (let column = 0; column < width; column += 1) {
      step.inverses[column] = Math.fround(1 / scales[offset + column]!);
      step.zeros[column] = zeroPoints[offset + column]!;
    }
    const round = grid.bits === 4 ? roundNibbles : roundBytes;
    for (let row = first; row < last; row += rowsOfStep) {
      const end = Math.min(last, row + rowsOfStep);
      round(values.subarray(row * width, end * width), step, levels, packed, (row * width * grid.bits) / 8);
      yield (end - row) * width;
    }
  }
  const zeroPoint = { zeroPoint: packBits(zeroPoints, grid.bits) };
  return { values: packed, scale: bytesOf(scales), ...(!grid.symmetric && zeroPoint) };
}

function fitColumns(ranges: RangeAccumulator, levels: Levels, scales: Float32Array, zeroPoints: Uint8Array): void {
  const fit: BlockFit = { scale: 1, zeroPoint: levels.middle };
  for (let column = 0; column < scales.length; column += 1) {
    gridOfRange(ranges.minimum(column), ranges.maximum(column), levels, fit);
    scales[column] = fit.scale || 1;
    zeroPoints[column] = fit.zeroPoint;
  }
}

interface ColumnGrids {
  /** 1 ÷ scale in float32. */
  readonly inverses: Float64Array;
  readonly zeros: Int32Array;
}

type Round = (values: Float32Array, grids: ColumnGrids, levels: Levels, target: Uint8Array, start: number) => void;

const roundNibbles: Round = (values, { inverses, zeros }, { symmetric, middle }, target, start) => {
  const width = inverses.length;
  // Two's complement of a code less the middle is the code with its highest bit turned.
  const turned = symmetric ? middle | (middle << 4) : 0;
  let at = start;
  for (let row = 0; row < values.length; row += width) {
    for (let column = 0; column < width; column += 2, at += 1) {
      const left = Math.fround(values[row + column]! * inverses[column]!) * tiesAway;
      const right = Math.fround(values[row + column + 1]! * inverses[column + 1]!) * tiesAway;
      let low = ((left + ROUND_TO_INTEGER - ROUND_TO_INTEGER) | 0) + zeros[column]!;
      let high = ((right + ROUND_TO_INTEGER - ROUND_TO_INTEGER) | 0) + zeros[column + 1]!;
      low = low < 0 ? 0 : low > 15 ? 15 : low;
      high = high < 0 ? 0 : high > 15 ? 15 : high;
      target[at] = (low | (high << 4)) ^ turned;
    }
  }
};

const roundBytes: Round = (values, { inverses, zeros }, { symmetric, middle }, target, start) => {
  const width = inverses.length;
  const turned = symmetric ? middle : 0;
  for (let row = 0; row < values.length; row += width) {
    for (let column = 0; column < width; column += 1) {
      const quotient = Math.fround(values[row + column]! * inverses[column]!) * tiesAway;
      const code = ((quotient + ROUND_TO_INTEGER - ROUND_TO_INTEGER) | 0) + zeros[column]!;
      target[start + row + column] = (code < 0 ? 0 : code > 255 ? 255 : code) ^ turned;
    }
  }
};
