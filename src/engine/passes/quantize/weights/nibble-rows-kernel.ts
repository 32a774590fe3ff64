/**
 * Rounds blocks of columns that lie side by side to the bytes that MatMulNBits reads, with the vector instructions of WebAssembly: two numbers
 * of a column to a byte, sixteen columns at a time.
 */
import {
  constant,
  get,
  growTo,
  kernelOnce,
  loadVector,
  set,
  storeVector,
  vectorOfIntegers,
  type Code,
} from '../../../wasm-code';
import {
  blockLocals,
  codesHalvesUp,
  fitRange,
  joinNibbles,
  largerFloats,
  moved,
  nextRow,
  noteNotFinite,
  overRows,
  overTiles,
  packTile,
  prepareRounding,
  smallerFloats,
  startRanges,
  storeBytesApart,
  tileBytes,
  tileColumns,
  vectorsOfTile,
  type RoundBlock,
} from './column-code';
import { levelsOf } from './weight-grid';

/** Of a block in every column: blocks of 32 numbers, or fewer. */
export const bytesOfColumn = 16;

interface NibbleRowsKernel {
  readonly memory: WebAssembly.Memory;
  readonly round: RoundBlock;
  readonly roundSymmetric: RoundBlock;
}

const nibbleRowsKernel = kernelOnce<NibbleRowsKernel>(() =>
  [false, true].map((symmetric) => ({
    name: symmetric ? 'roundSymmetric' : 'round',
    parameters: 7,
    integers: 5,
    vectors: 18,
    body: roundBlockBody(symmetric),
  })),
);

export interface RoundedNibbles {
  /** One for each column. */
  readonly scales: Float32Array;
  /** As float32. */
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
  const { memory, round, roundSymmetric } = nibbleRowsKernel();
  const scalesStart = values.byteLength;
  const zerosStart = scalesStart + width * 4;
  const codesStart = zerosStart + width * 4;
  const seenStart = codesStart + width * bytesOfColumn;
  growTo(memory, seenStart + 16);
  new Float32Array(memory.buffer).set(values);
  const seen = new Uint32Array(memory.buffer, seenStart, 4).fill(0);
  const call = symmetric ? roundSymmetric : round;
  call(0, values.byteLength, width * 4, scalesStart, zerosStart, codesStart, seenStart);
  if (seen.some((word) => word !== 0)) return undefined;
  return {
    scales: new Float32Array(memory.buffer, scalesStart, width),
    zeroPoints: new Float32Array(memory.buffer, zerosStart, width),
    codes: new Int32Array(memory.buffer, codesStart, (width * bytesOfColumn) / 4),
  };
}

const { scales, zeroPoints, codes, seen, column, row, to, low, high } = blockLocals;
const [loaded, scale, zero, isEmpty, notFinite, first] = [20, 21, 22, 23, 24, 25];
const rounding = { sign: 26, half: 27, shift: 28 };

function roundBlockBody(symmetric: boolean): Code {
  const levels = levelsOf({ bits: 4, symmetric, blockSize: 0 });
  const codesOfRow = packTile(8, loaded, (at) => [
    ...[...get(row), ...loadVector(16 * at)],
    ...codesHalvesUp({ ...rounding, inverse: low + at, zero: high + at, quotient: scale }),
  ]);
  const tile = [
    ...startRanges,
    ...overRows([...vectorsOfTile.flatMap(widen), ...nextRow]),
    ...vectorsOfTile.flatMap((at) => [
      ...fitRange({ ...rounding, low: low + at, high: high + at, scale, inverse: loaded, zero, isEmpty }, levels),
      ...[...get(scales), ...get(scale), ...storeVector(16 * at)],
      ...[...get(zeroPoints), ...get(zero), ...storeVector(16 * at)],
      ...[...get(loaded), ...set(low + at), ...get(zero), ...set(high + at)],
    ]),
    ...[...get(codes), ...set(to)],
    ...overRows([
      ...[...codesOfRow, ...set(first), ...nextRow, ...codesOfRow, ...joinNibbles(first), ...set(first), ...nextRow],
      ...[...storeBytesApart(to, first, bytesOfColumn), ...moved(to, constant(1))],
    ]),
    ...[...moved(column, constant(tileBytes)), ...moved(scales, constant(tileBytes))],
    ...[...moved(zeroPoints, constant(tileBytes)), ...moved(codes, constant(tileColumns * bytesOfColumn))],
  ];
  return [
    ...[...prepareRounding(rounding), ...vectorOfIntegers(0), ...set(notFinite)],
    ...overTiles(tile),
    ...[...get(seen), ...get(notFinite), ...storeVector(0)],
  ];
}

function widen(at: number): Code {
  return [
    ...[...get(row), ...loadVector(16 * at), ...set(loaded), ...noteNotFinite(loaded, notFinite)],
    ...[...get(low + at), ...get(loaded), ...smallerFloats, ...set(low + at)],
    ...[...get(high + at), ...get(loaded), ...largerFloats, ...set(high + at)],
  ];
}
