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
  const scaled = ranges.map((range): ScaledGroup => ({
    ...range,
    ...affineParameters(range.minimum, range.maximum, options, reader.format),
  }));
  return {
    bytes: await quantizeElements(reader, groups, scaled, options, meter),
    scales: Float32Array.from(scaled, (group) => group.scale),
    zeroPoints: scaled.map((group) => group.zeroPoint),
  };
}

/** The range of a group of elements and what follows from it. */
type ScaledGroup = ValueRange & AffineParameters;

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

/** One byte per element. Values are clipped only where some would need it. */
async function quantizeElements(
  reader: WeightReader,
  groups: ScaleGroups,
  scaled: readonly ScaledGroup[],
  options: AffineOptions,
  meter: WorkMeter,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(reader.elementCount);
  const { lowest, highest } = representableRange(options.type);
  const fits = scaled.map((group) => needsNoClipping(group, lowest, highest));
  if (groups.kind === 'columns') {
    const scales = Float64Array.from(scaled, (group) => group.scale);
    const zeroPoints = Int32Array.from(scaled, (group) => group.zeroPoint);
    const fit = fits.every(Boolean);
    await forEachRows(reader, scaled.length, meter, (values, start) => {
      if (fit) quantizeInterleaved(values, scales, zeroPoints, bytes, start);
      else quantizeInterleavedClipped(values, scales, zeroPoints, lowest, highest, bytes, start);
    });
  } else {
    await forEachBlock(reader, scaled.length, meter, (values, start, block) => {
      const { scale, zeroPoint } = scaled[block]!;
      if (fits[block]) quantize(values, scale, zeroPoint, bytes, start);
      else quantizeClipped(values, scale, zeroPoint, lowest, highest, bytes, start);
    });
  }
  return bytes;
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
