/**
 * Rounds the second operand of a product to nearest in its stored order, [columns, rows] of the layer, without a
 * transposition. The numbers are those of `roundToGrid`, several times as fast.
 */
import { bytesOf } from '../../../onnx/byte-views';
import { DataType } from '../../../onnx/data-type';
import { ROUND_TO_INTEGER } from '../../../round-half-even';
import { RangeAccumulator } from '../integer-kernels';
import { gridOfRange } from './fits/min-max';
import { roundColumnsInto, tileColumns, widenColumns } from './column-kernel';
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
  if ((shape.together ?? 1) > 1) return false;
  return weight.tensor.dataType === DataType.float32 && (grid.bits === 8 || (grid.bits === 4 && shape.rows % 2 === 0));
}

/** Each step gives the weights that it is done with. @param values in the order of the tensor, finite. */
export function* roundColumns(
  { layer, grid }: PlannedLayer,
  values: Float32Array,
): Generator<number, PackedWeight, void> {
  // A row in memory holds one number of every output, so the numbers that share a scale lie below each other.
  const { rows: width, columns: height } = layer.shape;
  const levels = levelsOf(grid);
  const blockHeight = blockColumns({ ...grid, columns: height });
  const blocks = Math.ceil(height / blockHeight);
  const scales = new Float32Array(blocks * width);
  const zeroPoints = new Uint8Array(blocks * width);
  const packed = new Uint8Array((width * height * grid.bits) / 8);
  const loops = width % tileColumns === 0 ? vectorLoops : plainLoops;
  const ranges = loops.ranges(width);
  const inverses = new Float64Array(width);
  const rowsOfStep = Math.max(1, Math.floor(stepNumbers / width));
  for (let block = 0; block < blocks; block += 1) {
    const first = block * blockHeight;
    const last = Math.min(height, first + blockHeight);
    ranges.start();
    for (let row = first; row < last; row += rowsOfStep) {
      const end = Math.min(last, row + rowsOfStep);
      ranges.add(values.subarray(row * width, end * width));
      yield 0;
    }
    const offset = block * width;
    const grids = {
      scales: scales.subarray(offset, offset + width),
      zeroPoints: zeroPoints.subarray(offset, offset + width),
      inverses,
    };
    fitColumns(grids, ranges.ends(), levels);
    const round = grid.bits === 4 ? loops.roundNibbles : loops.roundBytes;
    for (let row = first; row < last; row += rowsOfStep) {
      const end = Math.min(last, row + rowsOfStep);
      round(values.subarray(row * width, end * width), grids, levels, packed, (row * width * grid.bits) / 8);
      yield (end - row) * width;
    }
  }
  const zeroPoint = { zeroPoint: packBits(zeroPoints, grid.bits) };
  return { values: packed, scale: bytesOf(scales), ...(!grid.symmetric && zeroPoint) };
}

interface ColumnGrids {
  readonly scales: Float32Array;
  /** 1 ÷ scale in float32, finite. */
  readonly inverses: Float64Array;
  readonly zeroPoints: Uint8Array;
}

function fitColumns({ scales, zeroPoints, inverses }: ColumnGrids, { low, high }: ColumnEnds, levels: Levels): void {
  const fit: BlockFit = { scale: 1, zeroPoint: levels.middle };
  for (let column = 0; column < scales.length; column += 1) {
    gridOfRange(low[column]!, high[column]!, levels, fit);
    scales[column] = fit.scale || 1;
    zeroPoints[column] = fit.zeroPoint;
    const inverse = Math.fround(1 / scales[column]!);
    // Numbers so small that the scale has no inverse become zero.
    inverses[column] = inverse === Infinity || inverse === -Infinity ? 0 : inverse;
  }
}

/** The range of each column, widened to hold zero. */
interface ColumnRanges {
  /** Forgets its inputs. */
  start(): void;
  /** @param rows whole ones. */
  add(rows: Float32Array): void;
  ends(): ColumnEnds;
}

interface ColumnEnds {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** The loops that take most of the time. */
interface ColumnLoops {
  ranges(width: number): ColumnRanges;
  readonly roundNibbles: Round;
  readonly roundBytes: Round;
}

type Round = (values: Float32Array, grids: ColumnGrids, levels: Levels, target: Uint8Array, start: number) => void;

const roundByVectors =
  (bits: 4 | 8): Round =>
  (values, { inverses, zeroPoints }, levels, target, start) => {
    const turned = turnedBits(levels);
    roundColumnsInto(target, start, values, { bits, inverses, zeroPoints, turned });
  };

/** Two's complement of a code less the middle is the code with its highest bit turned: in every code of a byte. */
function turnedBits({ symmetric, middle, bits }: Levels): number {
  if (!symmetric) return 0;
  return bits === 4 ? middle | (middle << 4) : middle;
}

const roundNibbles: Round = (values, { inverses, zeroPoints }, levels, target, start) => {
  const width = inverses.length;
  const turned = turnedBits(levels);
  let at = start;
  for (let row = 0; row < values.length; row += width) {
    for (let column = 0; column < width; column += 2, at += 1) {
      const left = Math.fround(values[row + column]! * inverses[column]!) * tiesAway;
      const right = Math.fround(values[row + column + 1]! * inverses[column + 1]!) * tiesAway;
      let low = ((left + ROUND_TO_INTEGER - ROUND_TO_INTEGER) | 0) + zeroPoints[column]!;
      let high = ((right + ROUND_TO_INTEGER - ROUND_TO_INTEGER) | 0) + zeroPoints[column + 1]!;
      low = low < 0 ? 0 : low > 15 ? 15 : low;
      high = high < 0 ? 0 : high > 15 ? 15 : high;
      target[at] = (low | (high << 4)) ^ turned;
    }
  }
};

const roundBytes: Round = (values, { inverses, zeroPoints }, levels, target, start) => {
  const width = inverses.length;
  const turned = turnedBits(levels);
  for (let row = 0; row < values.length; row += width) {
    for (let column = 0; column < width; column += 1) {
      const quotient = Math.fround(values[row + column]! * inverses[column]!) * tiesAway;
      const code = ((quotient + ROUND_TO_INTEGER - ROUND_TO_INTEGER) | 0) + zeroPoints[column]!;
      target[start + row + column] = (code < 0 ? 0 : code > 255 ? 255 : code) ^ turned;
    }
  }
};

const plainLoops: ColumnLoops = {
  ranges(width) {
    let ranges = new RangeAccumulator(width);
    return {
      start: () => void (ranges = new RangeAccumulator(width)),
      add: (rows) => ranges.addInterleaved(rows),
      ends: () => ({
        low: Float32Array.from({ length: width }, (_, column) => ranges.minimum(column)),
        high: Float32Array.from({ length: width }, (_, column) => ranges.maximum(column)),
      }),
    };
  },
  roundNibbles,
  roundBytes,
};

const vectorLoops: ColumnLoops = {
  ranges(width) {
    const low = new Float32Array(width);
    const high = new Float32Array(width);
    return {
      start() {
        low.fill(0);
        high.fill(0);
      },
      add: (rows) => widenColumns(rows, low, high),
      ends: () => ({ low, high }),
    };
  },
  roundNibbles: roundByVectors(4),
  roundBytes: roundByVectors(8),
};
