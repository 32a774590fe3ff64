/**
 * Ranges, grids and roundings of columns that lie side by side, with the vector instructions of WebAssembly: sixteen columns, a line of the
 * cache, at a time. The numbers are those of the plain loops in round-columns.ts, to the bit.
 */
import {
  add,
  constant,
  get,
  growTo,
  kernelOnce,
  loadVector,
  repeatWhileBelow,
  set,
  shiftRight,
  storeVector,
  subtract,
  vector,
  type Code,
} from '../../../wasm-code';

/** Columns of a tile: the width must be a multiple. */
export const tileColumns = 16;

interface ColumnKernel {
  readonly memory: WebAssembly.Memory;
  /** Widens the ranges at `grids` to hold rows of `rowBytes`, `bytes` of them in all. Addresses are in bytes. */
  widen(values: number, grids: number, rowBytes: number, bytes: number): void;
  /** Puts scales over the lowest values at `grids`, and inverses and zero points behind the highest. */
  fit(highest: number, grids: number, rowBytes: number, middle: number): void;
  /** Writes two codes to a byte, with the bits of `turned` turned. */
  roundNibbles(values: number, grids: number, rowBytes: number, bytes: number, target: number, turned: number): void;
  roundBytes: ColumnKernel['roundNibbles'];
}

/** Nothing is left in its memory between calls. */
const columnKernel = kernelOnce<ColumnKernel>(() => [
  { name: 'widen', parameters: 4, integers: 4, vectors: 9, body: widenBody() },
  { name: 'fit', parameters: 4, integers: 2, vectors: 8, body: fitBody() },
  { name: 'roundNibbles', parameters: 6, integers: 5, vectors: 12, body: roundBody(4) },
  { name: 'roundBytes', parameters: 6, integers: 5, vectors: 12, body: roundBody(8) },
]);

/** What columns have in the memory, one after the other, before the values. */
const [lows, highs, inverses, zeros, parts] = [0, 1, 2, 3, 4];

/** @param values whole rows, finite. @param low one for each column, at most 0. @param high at least 0. */
export function widenColumns(values: Float32Array, low: Float32Array, high: Float32Array): void {
  const width = low.length;
  const { memory, widen } = columnKernel();
  growTo(memory, parts * width * 4 + values.byteLength);
  const floats = new Float32Array(memory.buffer);
  floats.set(low, lows * width);
  floats.set(high, highs * width);
  floats.set(values, parts * width);
  widen(parts * width * 4, 0, width * 4, values.byteLength);
  low.set(floats.subarray(lows * width, (lows + 1) * width));
  high.set(floats.subarray(highs * width, (highs + 1) * width));
}

export interface ColumnGrids {
  readonly scales: Float32Array;
  /** 1 ÷ scale in float32, finite. */
  readonly inverses: Float64Array;
  readonly zeroPoints: Uint8Array;
}

/**
 * Grids from the lowest to the highest value of each column, of codes from 0 to `highest`: `gridOfRange` where it is not symmetric, with
 * scales of float32. @param middle the zero point of what spans nothing.
 */
export function fitColumnsInto(
  { scales, ...fitted }: ColumnGrids,
  low: Float32Array,
  high: Float32Array,
  { highest, middle }: { readonly highest: number; readonly middle: number },
): void {
  const width = low.length;
  const { memory, fit } = columnKernel();
  growTo(memory, parts * width * 4);
  const floats = new Float32Array(memory.buffer, 0, parts * width);
  floats.set(low, lows * width);
  floats.set(high, highs * width);
  fit(highest, 0, width * 4, middle);
  scales.set(floats.subarray(lows * width, (lows + 1) * width));
  fitted.inverses.set(floats.subarray(inverses * width, (inverses + 1) * width));
  fitted.zeroPoints.set(floats.subarray(zeros * width, (zeros + 1) * width));
}

export interface ColumnRounding {
  readonly bits: 4 | 8;
  /** 1 ÷ scale in float32, finite, one for each column. */
  readonly inverses: ArrayLike<number>;
  readonly zeroPoints: ArrayLike<number>;
  /** Bits of a byte that are turned at the end. */
  readonly turned: number;
}

/** Every value to the nearest code, ties away from zero, packed. @param values whole rows, finite. */
export function roundColumnsInto(
  target: Uint8Array,
  start: number,
  values: Float32Array,
  { bits, turned, ...grids }: ColumnRounding,
): void {
  const width = grids.inverses.length;
  const kernelOf = columnKernel();
  const { memory } = kernelOf;
  const codesStart = parts * width * 4 + values.byteLength;
  const codesBytes = (values.length * bits) / 8;
  growTo(memory, codesStart + codesBytes);
  const floats = new Float32Array(memory.buffer);
  floats.set(grids.inverses, inverses * width);
  floats.set(grids.zeroPoints, zeros * width);
  floats.set(values, parts * width);
  const round = bits === 4 ? kernelOf.roundNibbles : kernelOf.roundBytes;
  round(parts * width * 4, 0, width * 4, values.byteLength, codesStart, turned);
  target.set(new Uint8Array(memory.buffer, codesStart, codesBytes), start);
}

const [values, grids, rowBytes, bytes, target, turned] = [0, 1, 2, 3, 4, 5];
const tileBytes = tileColumns * 4;
const vectorsOfTile = [0, 1, 2, 3];

const splatBytes = vector(0x0f);
const splatShorts = vector(0x10);
const smallerBytes = vector(0x77);
const bothBits = vector(0x4e);
const eitherBits = vector(0x50);
const differingBits = vector(0x51);
const narrowToShorts = vector(0x85);
const narrowToBytes = vector(0x66);
const shiftShortsRight = vector(0x8d);
const truncate = vector(0x69);
const addFloats = vector(0xe4);
const subtractFloats = vector(0xe5);
const multiplyFloats = vector(0xe6);
const smallerFloats = vector(0xea);
const largerFloats = vector(0xeb);
const toIntegers = vector(0xf8);
const floatOfInteger = 0xb2;
const splatFloats = vector(0x13);
const equalFloats = vector(0x41);
const lessFloats = vector(0x43);
const negate = vector(0xe1);
const divideFloats = vector(0xe7);
const select = vector(0x52);
const floats = (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer), ...splatFloats];
const storeHalf: Code = [...vector(0x5b), 0, 0, 0];

/** Where `part` of the columns at a pointer into the first part lies. */
function addressOf(pointer: number, part: number): Code {
  return [...get(pointer), ...Array.from({ length: part }, () => [...get(rowBytes), add]).flat()];
}

function loadPart(pointer: number, part: number, first: number): Code {
  return vectorsOfTile.flatMap((at) => [...addressOf(pointer, part), ...loadVector(16 * at), ...set(first + at)]);
}

/** For every tile, `before`, then `each` for its part of every row, then `after`. */
function overTiles(
  { column, columnEnd, row, rowEnd }: Readonly<Record<'column' | 'columnEnd' | 'row' | 'rowEnd', number>>,
  { before, each, after }: Readonly<Record<'before' | 'each' | 'after', Code>>,
): Code {
  const distance = [...get(column), ...get(grids), subtract];
  const rows = [...each, ...get(row), ...get(rowBytes), add, ...set(row)];
  return [
    ...[...get(grids), ...set(column), ...get(grids), ...get(rowBytes), add, ...set(columnEnd)],
    ...repeatWhileBelow(column, columnEnd, [
      ...before,
      ...[...get(values), ...distance, add, ...set(row), ...get(row), ...get(bytes), add, ...set(rowEnd)],
      ...repeatWhileBelow(row, rowEnd, rows),
      ...after,
      ...[...get(column), ...constant(tileBytes), add, ...set(column)],
    ]),
  ];
}

function widenBody(): Code {
  const pointers = { column: 4, columnEnd: 5, row: 6, rowEnd: 7 };
  const [low, high, loaded] = [8, 12, 16];
  const { column, row } = pointers;
  const storePart = (part: number, first: number): Code =>
    vectorsOfTile.flatMap((at) => [...addressOf(column, part), ...get(first + at), ...storeVector(16 * at)]);
  const widenBy = (at: number, end: number, which: Code): Code => [
    ...[...get(end + at), ...get(loaded), ...which, ...set(end + at)],
  ];
  return overTiles(pointers, {
    before: [...loadPart(column, lows, low), ...loadPart(column, highs, high)],
    each: vectorsOfTile.flatMap((at) => [
      ...[...get(row), ...loadVector(16 * at), ...set(loaded)],
      ...widenBy(at, low, smallerFloats),
      ...widenBy(at, high, largerFloats),
    ]),
    after: [...storePart(lows, low), ...storePart(highs, high)],
  });
}

/** The integer that is nearest to a vector, ties away from zero; takes `quotient` and leaves the result on the stack. */
function roundAway(quotient: number, whole: number): Code {
  return [
    ...[...get(quotient), ...truncate, ...set(whole)],
    // Twice what is left, truncated, is one more where it is half or above, whatever the sign: all of this is exact.
    ...[...get(quotient), ...get(whole), ...subtractFloats, ...set(quotient)],
    ...[...get(whole), ...get(quotient), ...get(quotient), ...addFloats, ...truncate, ...addFloats],
  ];
}

function fitBody(): Code {
  const [highest, middle, column, columnEnd] = [0, 3, 4, 5];
  const [top, centre, low, scale, zero, whole, isEmpty, inverse] = [6, 7, 8, 9, 10, 11, 12, 13];
  const splat = (integer: number): Code => [...get(integer), floatOfInteger, ...splatFloats];
  const store = (part: number, from: number): Code => [...addressOf(column, part), ...get(from), ...storeVector(0)];
  return [
    ...[...splat(highest), ...set(top), ...splat(middle), ...set(centre)],
    ...[...get(grids), ...set(column), ...get(grids), ...get(rowBytes), add, ...set(columnEnd)],
    ...repeatWhileBelow(column, columnEnd, [
      ...[...get(column), ...loadVector(0), ...set(low)],
      ...[...addressOf(column, highs), ...loadVector(0), ...get(low), ...subtractFloats],
      ...[...get(top), ...divideFloats, ...set(scale)],
      ...[...get(low), ...negate, ...get(scale), ...divideFloats, ...set(zero)],
      ...[...roundAway(zero, whole), ...get(top), ...smallerFloats, ...set(zero)],
      ...[...get(scale), ...floats(0), ...equalFloats, ...set(isEmpty)],
      ...[...floats(1), ...get(scale), ...get(isEmpty), ...select, ...set(scale)],
      ...[...get(centre), ...get(zero), ...get(isEmpty), ...select, ...set(zero)],
      ...[...floats(1), ...get(scale), ...divideFloats, ...set(inverse)],
      ...[...get(inverse), ...get(inverse), ...floats(Infinity), ...lessFloats, ...bothBits, ...set(inverse)],
      ...[...store(lows, scale), ...store(inverses, inverse), ...store(zeros, zero)],
      ...[...get(column), ...constant(16), add, ...set(column)],
    ]),
  ];
}

function roundBody(bits: 4 | 8): Code {
  const pointers = { column: 6, columnEnd: 7, row: 8, rowEnd: 9 };
  const { column, row } = pointers;
  const to = 10;
  const [inverse, zero, quotient, whole, codes, flips] = [11, 15, 19, 20, 21, 22];
  /** Numbers of a row for each byte of its codes. */
  const shrink = bits === 4 ? 3 : 2;
  const codesOf = (at: number): Code => [
    ...[...get(row), ...loadVector(16 * at), ...get(inverse + at), ...multiplyFloats, ...set(quotient)],
    ...[...roundAway(quotient, whole), ...get(zero + at), ...addFloats, ...toIntegers],
  ];
  const sixteen = [
    ...[...codesOf(0), ...codesOf(1), ...narrowToShorts, ...codesOf(2), ...codesOf(3), ...narrowToShorts],
    ...narrowToBytes,
  ];
  const inNibbles = [
    ...[...sixteen, ...constant(15), ...splatBytes, ...smallerBytes, ...set(codes)],
    ...[...get(codes), ...get(codes), ...constant(4), ...shiftShortsRight, ...eitherBits],
    ...[...constant(255), ...splatShorts, ...bothBits, ...set(codes), ...get(codes), ...get(codes), ...narrowToBytes],
  ];
  const packed = [...(bits === 4 ? inNibbles : sixteen), ...get(flips), ...differingBits];
  const advance = [...get(to), ...get(rowBytes), ...constant(shrink), shiftRight, add, ...set(to)];
  const distance = [...get(column), ...get(grids), subtract, ...constant(shrink), shiftRight];
  return overTiles(pointers, {
    before: [
      ...[...loadPart(column, inverses, inverse), ...loadPart(column, zeros, zero)],
      ...[...get(target), ...distance, add, ...set(to), ...get(turned), ...splatBytes, ...set(flips)],
    ],
    each: [...get(to), ...packed, ...(bits === 4 ? storeHalf : storeVector(0)), ...advance],
    after: [],
  });
}
