/** Converts the floats of one weight to integers: the range of each group of elements, and the parameters that follow from it. */
import { roundHalfEven } from '../../../round-half-even';
import type { WorkMeter } from '../../work-meter';
import { affineParameters, representableRange, type AffineOptions, type AffineParameters } from '../affine';
import {
  quantize,
  quantizeClipped,
  quantizeInterleaved,
  quantizeInterleavedClipped,
  RangeAccumulator,
  type ValueRange,
} from '../integer-kernels';
import { pieceElementsOf, type WeightReader } from '../weight-reader';

/**
 * The elements that share a scale: all of them, each contiguous block, or each column. There are `count` equal blocks
 * along the leading axes of a tensor, or `count` interleaved channels of the last axis.
 */
export type ScaleGroups =
  | { readonly kind: 'tensor' }
  | { readonly kind: 'blocks'; readonly count: number }
  | { readonly kind: 'columns'; readonly count: number };

/** The data that turns any piece of the weight into integers. */
export interface WeightScaling {
  /** One per group. */
  readonly scales: Float32Array;
  /** One per group. */
  readonly zeroPoints: readonly number[];
  /** Pieces start and end at multiples of so many elements: a row where columns have scales, else 1. */
  readonly alignment: number;
  /** One byte per element, two's complement for int8. `start` is the place of the piece in the weight. */
  quantize(values: Float32Array, start: number, target: Uint8Array, targetStart: number): void;
}

/**
 * Reads a weight once. Returns `undefined` if it contains NaN or infinity. `meter` receives the bytes of float weights
 * that were read. Rejects when it does, and when the bytes cannot be read.
 */
export async function findWeightScaling(
  reader: WeightReader,
  groups: ScaleGroups,
  options: AffineOptions,
  meter: WorkMeter,
): Promise<WeightScaling | undefined> {
  const ranges = await findRanges(reader, groups, meter);
  if (ranges.some((range) => !range.isFinite)) return undefined;
  const scaled = ranges.map(({ minimum, maximum }): ScaledGroup => {
    const { scale, zeroPoint } = affineParameters(minimum, maximum, options, reader.format);
    // The values are not spread into a call, because a table may have a quarter of a million columns.
    return { minimum, maximum, scale, zeroPoint };
  });
  return {
    scales: Float32Array.from(scaled, (group) => group.scale),
    zeroPoints: scaled.map((group) => group.zeroPoint),
    ...(groups.kind === 'columns'
      ? { alignment: scaled.length, quantize: columnQuantizer(scaled, options) }
      : { alignment: 1, quantize: blockQuantizer(scaled, reader.elementCount / scaled.length, options) }),
  };
}

/** The range of a group of elements and what follows from it. */
type ScaledGroup = Omit<ValueRange, 'isFinite'> & AffineParameters;

async function findRanges(reader: WeightReader, groups: ScaleGroups, meter: WorkMeter): Promise<ValueRange[]> {
  const count = groups.kind === 'tensor' ? 1 : groups.count;
  const isColumns = groups.kind === 'columns';
  const accumulator = new RangeAccumulator(count);
  const pieceElements = pieceElementsOf(isColumns ? count : 1);
  for (let start = 0; start < reader.elementCount; start += pieceElements) {
    const end = Math.min(start + pieceElements, reader.elementCount);
    const values = reader.read(start, end);
    if (isColumns) accumulator.addInterleaved(values);
    else forEachBlock(values, start, reader.elementCount / count, (block, part) => accumulator.addTo(block, part));
    await meter.advance((end - start) * 4);
  }
  return Array.from({ length: count }, (_, channel) => accumulator.range(channel));
}

type Quantizer = WeightScaling['quantize'];

/** Values are clipped only where some would need it. */
function columnQuantizer(scaled: readonly ScaledGroup[], { type }: AffineOptions): Quantizer {
  const { lowest, highest } = representableRange(type);
  const scales = Float64Array.from(scaled, (group) => group.scale);
  const zeroPoints = Int32Array.from(scaled, (group) => group.zeroPoint);
  if (scaled.every((group) => needsNoClipping(group, lowest, highest))) {
    return (values, _start, target, at) => quantizeInterleaved(values, scales, zeroPoints, target, at);
  }
  return (values, _start, target, at) =>
    quantizeInterleavedClipped(values, scales, zeroPoints, lowest, highest, target, at);
}

function blockQuantizer(scaled: readonly ScaledGroup[], blockSize: number, { type }: AffineOptions): Quantizer {
  const { lowest, highest } = representableRange(type);
  const fits = scaled.map((group) => needsNoClipping(group, lowest, highest));
  return (values, start, target, targetStart) =>
    forEachBlock(values, start, blockSize, (block, part, offset) => {
      const { scale, zeroPoint } = scaled[block]!;
      if (fits[block]) quantize(part, scale, zeroPoint, target, targetStart + offset);
      else quantizeClipped(part, scale, zeroPoint, lowest, highest, target, targetStart + offset);
    });
}

/** True when no value of the range needs clipping: rounding is monotonic, so the ends decide. */
function needsNoClipping(
  { minimum, maximum, scale, zeroPoint }: ScaledGroup,
  lowest: number,
  highest: number,
): boolean {
  return (
    roundHalfEven(Math.fround(minimum / scale)) + zeroPoint >= lowest &&
    roundHalfEven(Math.fround(maximum / scale)) + zeroPoint <= highest
  );
}

/** The parts of a piece that lie in one block each. `offset` is that of the part in the piece. */
function forEachBlock(
  values: Float32Array,
  start: number,
  blockSize: number,
  visit: (block: number, part: Float32Array, offset: number) => void,
): void {
  for (let offset = 0; offset < values.length;) {
    const block = Math.floor((start + offset) / blockSize);
    const end = Math.min(values.length, (block + 1) * blockSize - start);
    visit(block, values.subarray(offset, end), offset);
    offset = end;
  }
}
