/** Quantizes one weight: first its range (per tensor or per channel), then its integers. */
import { roundHalfEven } from '../round-half-even';
import type { WorkMeter } from '../work-meter';
import { affineParameters, representableRange, type AffineOptions, type AffineParameters } from './affine';
import {
  quantize,
  quantizeClipped,
  quantizeInterleaved,
  quantizeInterleavedClipped,
  RangeAccumulator,
  type ValueRange,
} from './integer-kernels';
import type { WeightReader } from './weight-reader';

/**
 * Which elements share a scale: all of them; each contiguous block (`count` equal blocks, the leading axes of a tensor);
 * or each column (`count` interleaved channels, the last axis).
 */
export type ScaleGroups =
  | { readonly kind: 'tensor' }
  | { readonly kind: 'blocks'; readonly count: number }
  | { readonly kind: 'columns'; readonly count: number };

export interface QuantizedWeight {
  /** One byte per element, two's complement for int8, in the order of the weight. */
  readonly bytes: Uint8Array;
  /** One per group. */
  readonly scales: Float32Array;
  readonly zeroPoints: readonly number[];
}

/** About 1 ms to 3 ms of work: small enough that a cancel is quick even on a slow device. */
const PIECE_ELEMENTS = 2 ** 20;

/**
 * Scale, zero point and integers of a weight, as `affineParameters` defines them. `undefined` if it holds NaN or
 * infinity. `meter` is told the bytes of float weights that were gone through. Rejects when it does, and when the bytes cannot be read.
 */
export async function quantizeWeight(
  reader: WeightReader,
  groups: ScaleGroups,
  options: AffineOptions,
  meter: WorkMeter,
): Promise<QuantizedWeight | undefined> {
  const ranges = await findRanges(reader, groups, meter);
  if (ranges.some((range) => !range.isFinite)) return undefined;
  const parameters = ranges.map((range) => affineParameters(range.minimum, range.maximum, options, reader.format));
  const bytes = new Uint8Array(reader.elementCount);
  if (groups.kind === 'columns') await quantizeColumns(reader, parameters, ranges, options, bytes, meter);
  else await quantizeBlocks(reader, parameters, ranges, options, bytes, meter);
  return {
    bytes,
    scales: Float32Array.from(parameters, (entry) => entry.scale),
    zeroPoints: parameters.map((entry) => entry.zeroPoint),
  };
}

async function findRanges(reader: WeightReader, groups: ScaleGroups, meter: WorkMeter): Promise<ValueRange[]> {
  const count = groups.kind === 'tensor' ? 1 : groups.count;
  const accumulator = new RangeAccumulator(count);
  if (groups.kind === 'columns') {
    await forEachRows(reader, count, meter, (values) => accumulator.addInterleaved(values));
  } else {
    await forEachBlock(reader, count, meter, (values, _start, block) => accumulator.addTo(block, values));
  }
  return Array.from({ length: count }, (_, channel) => accumulator.range(channel));
}

async function quantizeColumns(
  reader: WeightReader,
  parameters: readonly AffineParameters[],
  ranges: readonly ValueRange[],
  options: AffineOptions,
  bytes: Uint8Array,
  meter: WorkMeter,
): Promise<void> {
  const scales = Float64Array.from(parameters, (entry) => entry.scale);
  const zeroPoints = Int32Array.from(parameters, (entry) => entry.zeroPoint);
  const { lowest, highest } = representableRange(options.type);
  const fit = parameters.every((entry, column) => fits(ranges[column]!, entry, options));
  await forEachRows(reader, scales.length, meter, (values, start) => {
    if (fit) quantizeInterleaved(values, scales, zeroPoints, bytes, start);
    else quantizeInterleavedClipped(values, scales, zeroPoints, lowest, highest, bytes, start);
  });
}

async function quantizeBlocks(
  reader: WeightReader,
  parameters: readonly AffineParameters[],
  ranges: readonly ValueRange[],
  options: AffineOptions,
  bytes: Uint8Array,
  meter: WorkMeter,
): Promise<void> {
  const { lowest, highest } = representableRange(options.type);
  await forEachBlock(reader, parameters.length, meter, (values, start, block) => {
    const { scale, zeroPoint } = parameters[block]!;
    if (fits(ranges[block]!, parameters[block]!, options)) quantize(values, scale, zeroPoint, bytes, start);
    else quantizeClipped(values, scale, zeroPoint, lowest, highest, bytes, start);
  });
}

/** True when no value of the range needs clipping: rounding is monotonic, so the ends decide. */
function fits(
  { minimum, maximum }: ValueRange,
  { scale, zeroPoint }: AffineParameters,
  options: AffineOptions,
): boolean {
  const { lowest, highest } = representableRange(options.type);
  return (
    roundHalfEven(Math.fround(minimum / scale)) + zeroPoint >= lowest &&
    roundHalfEven(Math.fround(maximum / scale)) + zeroPoint <= highest
  );
}

type PieceVisitor = (values: Float32Array, start: number, block: number) => void;

async function forEachBlock(
  reader: WeightReader,
  blockCount: number,
  meter: WorkMeter,
  visit: PieceVisitor,
): Promise<void> {
  const blockSize = reader.elementCount / Math.max(1, blockCount);
  let unreported = 0;
  for (let block = 0; block < blockCount; block++) {
    const blockEnd = (block + 1) * blockSize;
    for (let start = block * blockSize; start < blockEnd; start += PIECE_ELEMENTS) {
      const end = Math.min(start + PIECE_ELEMENTS, blockEnd);
      visit(reader.read(start, end), start, block);
      unreported += end - start;
      if (unreported < PIECE_ELEMENTS) continue;
      await meter.advance(unreported * 4);
      unreported = 0;
    }
  }
  await meter.advance(unreported * 4);
}

async function forEachRows(
  reader: WeightReader,
  rowLength: number,
  meter: WorkMeter,
  visit: PieceVisitor,
): Promise<void> {
  if (rowLength === 0) return;
  const pieceElements = Math.max(1, Math.floor(PIECE_ELEMENTS / rowLength)) * rowLength;
  for (let start = 0; start < reader.elementCount; start += pieceElements) {
    const end = Math.min(start + pieceElements, reader.elementCount);
    visit(reader.read(start, end), start, 0);
    await meter.advance((end - start) * 4);
  }
}
