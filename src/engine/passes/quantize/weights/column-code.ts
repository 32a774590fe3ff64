/**
 * What kernels for columns that lie side by side are assembled from: a tile of sixteen columns, a line of the cache, is four vectors of
 * float32. The numbers are those of `gridOfRange` and `roundToGrid`, to the bit.
 */
import {
  add,
  constant,
  get,
  repeatWhileBelow,
  set,
  storeVector,
  unsigned,
  vector,
  vectorOfFloats,
  vectorOfIntegers,
  type Code,
} from '../../../wasm-code';
import type { Levels } from './weight-grid';

/** The width must be a multiple. */
export const tileColumns = 16;
export const tileBytes = tileColumns * 4;
export const vectorsOfTile = [0, 1, 2, 3];

/** What rounds a block. Addresses and sizes are in bytes. `seen` gets bits by which a value that is not finite is found. */
export type RoundBlock = (
  values: number,
  bytes: number,
  rowBytes: number,
  scales: number,
  zeroPoints: number,
  codes: number,
  seen: number,
) => void;

/** Its parameters and what it counts with. `low` and `high` are four vectors each: the range first, then the inverse and the zero point. */
export const blockLocals = {
  ...{ values: 0, bytes: 1, rowBytes: 2, scales: 3, zeroPoints: 4, codes: 5, seen: 6 },
  ...{ column: 7, columnEnd: 8, row: 9, rowEnd: 10, to: 11 },
  ...{ low: 12, high: 16 },
} as const;

/** Moves a pointer on by so many bytes. */
export function moved(pointer: number, distance: Code): Code {
  return [...get(pointer), ...distance, add, ...set(pointer)];
}

export const nextRow = moved(blockLocals.row, get(blockLocals.rowBytes));

/** Does `tile`, which must move `column` on, from the first tile of a block to its last. */
export function overTiles(tile: Code): Code {
  const { values, rowBytes, column, columnEnd } = blockLocals;
  return [
    ...[...get(values), ...set(column), ...get(values), ...get(rowBytes), add, ...set(columnEnd)],
    ...repeatWhileBelow(column, columnEnd, tile),
  ];
}

/** Does `each`, which must move `row` on (`nextRow`), from the first row of a tile to its last. */
export function overRows(each: Code): Code {
  const { bytes, column, row, rowEnd } = blockLocals;
  return [
    ...[...get(column), ...set(row), ...get(column), ...get(bytes), add, ...set(rowEnd)],
    ...repeatWhileBelow(row, rowEnd, each),
  ];
}

/** Ranges of a tile that hold zero alone. */
export const startRanges: Code = vectorsOfTile.flatMap((at) =>
  [blockLocals.low, blockLocals.high].flatMap((end) => [...vectorOfFloats(0), ...set(end + at)]),
);

/** The second where it is smaller, or larger, else the first. */
export const smallerFloats = vector(0xea);
export const largerFloats = vector(0xeb);
export const eitherBits = vector(0x50);
export const differingBits = vector(0x51);
export const splatBytes = vector(0x0f);
const splatShorts = vector(0x10);
const equalFloats = vector(0x41);
const lessFloats = vector(0x43);
const bothBits = vector(0x4e);
const select = vector(0x52);
const storeHalf: Code = [...vector(0x5b), 0, 0, 0];
const narrowToBytes = vector(0x66);
const truncate = vector(0x69);
const smallerBytes = vector(0x77);
const narrowToShorts = vector(0x85);
const shiftShortsLeft = vector(0x8b);
const shiftShortsRight = vector(0x8d);
const addIntegers = vector(0xae);
const magnitude = vector(0xe0);
const negate = vector(0xe1);
const addFloats = vector(0xe4);
const subtractFloats = vector(0xe5);
const multiplyFloats = vector(0xe6);
const divideFloats = vector(0xe7);
const toIntegers = vector(0xf8);

/** The largest float32 below a half: with a half, the sum of what is just less than half-way would be rounded up. */
const nearlyHalf = 0.5 - 2 ** -25;

/** In the lowest bits of a whole number below 2²² in magnitude, with this added in float32, is its integer. */
const shift = 1.5 * 2 ** 23;
const shiftBits = new Int32Array(Float32Array.of(shift).buffer)[0]!;
/** What all bits of these have in common, and NaN has not. */
export const highestByteOfShifted = shiftBits >>> 24;

/** Locals for vectors that stay the same, filled by `prepareRounding`. */
export interface RoundingLocals {
  readonly sign: number;
  readonly half: number;
  readonly shift: number;
}

export function prepareRounding(locals: RoundingLocals): Code {
  return [
    ...[...vectorOfIntegers(-(2 ** 31)), ...set(locals.sign), ...vectorOfFloats(nearlyHalf), ...set(locals.half)],
    ...[...vectorOfFloats(shift), ...set(locals.shift)],
  ];
}

/** Leaves the whole number that is nearest to the vector in a local on the stack, ties away from zero. */
function roundAway(quotient: number, { sign, half }: RoundingLocals): Code {
  const halfAway = [...get(quotient), ...get(sign), ...bothBits, ...get(half), ...eitherBits];
  return [...get(quotient), ...halfAway, ...addFloats, ...truncate];
}

/** Locals of the range of four columns, which are given, and of their grids. */
export interface FitLocals extends RoundingLocals {
  readonly low: number;
  readonly high: number;
  readonly scale: number;
  readonly inverse: number;
  /** As float32. */
  readonly zero: number;
  readonly isEmpty: number;
}

/** `gridOfRange` with scales of float32, and the inverse of the scale. Not for channels in 8 bits if symmetric. */
export function fitRange(
  locals: FitLocals,
  { highest, middle, symmetric }: Pick<Levels, 'highest' | 'middle' | 'symmetric'>,
): Code {
  const { low, high, scale, inverse, zero, isEmpty } = locals;
  const isHigher = [...get(low), ...negate, ...get(high), ...lessFloats];
  const farther = [...get(high), ...get(low), ...isHigher, ...select];
  const chosen = symmetric
    ? [...farther, ...vectorOfFloats(-middle), ...divideFloats]
    : [...get(high), ...get(low), ...subtractFloats, ...vectorOfFloats(highest), ...divideFloats];
  const zeroPoint = [
    ...[...get(low), ...negate, ...get(scale), ...divideFloats, ...set(zero)],
    ...[...roundAway(zero, locals), ...vectorOfFloats(highest), ...smallerFloats, ...set(zero)],
    ...[...vectorOfFloats(middle), ...get(zero), ...get(isEmpty), ...select],
  ];
  return [
    ...[...chosen, ...set(scale), ...get(scale), ...vectorOfFloats(0), ...equalFloats, ...set(isEmpty)],
    ...[...(symmetric ? vectorOfFloats(middle) : zeroPoint), ...set(zero)],
    ...[...vectorOfFloats(1), ...get(scale), ...get(isEmpty), ...select, ...set(scale)],
    ...[...vectorOfFloats(1), ...get(scale), ...divideFloats, ...set(inverse)],
  ];
}

/** Makes 0 of infinity in a local. */
export function zeroOfInfinity(local: number): Code {
  const isFinite = [...get(local), ...magnitude, ...vectorOfFloats(Infinity), ...lessFloats];
  return [...get(local), ...isFinite, ...bothBits, ...set(local)];
}

/** Leaves the integers of a vector of whole numbers in a local on the stack. */
export function asIntegers(local: number): Code {
  return [...get(local), ...toIntegers];
}

/** Makes zero points of float32 what `codesOf` adds. */
export function zeroToAdd(zero: number): Code {
  return [...asIntegers(zero), ...vectorOfIntegers(-shiftBits), ...addIntegers, ...set(zero)];
}

/** Notes in a local whether the vector in another is finite: `seen` keeps a bit of each that is not. */
export function noteNotFinite(value: number, seen: number): Code {
  return [...get(seen), ...get(value), ...get(value), ...subtractFloats, ...eitherBits, ...set(seen)];
}

/** Values on the stack to codes from 0 to 15 as integers, as `roundToGrid` rounds where halves go up. @param zero as float32. */
export function codesHalvesUp({ inverse, zero, quotient, half, shift: shiftLocal }: CodeLocals): Code {
  return [
    ...[...get(inverse), ...multiplyFloats, ...get(zero), ...addFloats, ...get(half), ...addFloats, ...truncate],
    // What is no number is 0, as in an array of bytes.
    ...[...set(quotient), ...vectorOfFloats(0), ...get(quotient), ...largerFloats],
    ...[...vectorOfFloats(15), ...smallerFloats, ...get(shiftLocal), ...addFloats],
    ...[...vectorOfIntegers(-shiftBits), ...addIntegers],
  ];
}

/** Locals of four columns. */
export interface CodeLocals extends RoundingLocals {
  readonly inverse: number;
  /** By `zeroToAdd`. */
  readonly zero: number;
  readonly quotient: number;
  /** Gets the bits of what is shifted as well; 0 gets nothing. */
  readonly seen?: number;
}

/** Values on the stack to codes as integers, unbounded. */
export function codesOf({ inverse, zero, quotient, seen, ...rounding }: CodeLocals): Code {
  const nearest = [...roundAway(quotient, rounding), ...get(rounding.shift), ...addFloats];
  const kept =
    seen === undefined ? [] : [...set(quotient), ...get(seen), ...get(quotient), ...eitherBits, ...set(seen)];
  return [
    ...[...get(inverse), ...multiplyFloats, ...set(quotient), ...nearest, ...kept],
    ...[...(seen === undefined ? [] : get(quotient)), ...get(zero), ...addIntegers],
  ];
}

/** Leaves the bytes of a tile on the stack, in 4 bits the lower half of them twice. @param integersOf leaves those of a vector. */
export function packTile(bits: 4 | 8, codes: number, integersOf: (at: number) => Code): Code {
  const bytes = [
    ...[...integersOf(0), ...integersOf(1), ...narrowToShorts, ...integersOf(2), ...integersOf(3), ...narrowToShorts],
    ...narrowToBytes,
  ];
  if (bits === 8) return bytes;
  return [
    ...[...bytes, ...constant(15), ...splatBytes, ...smallerBytes, ...set(codes)],
    ...[...get(codes), ...get(codes), ...constant(4), ...shiftShortsRight, ...eitherBits],
    ...[...constant(255), ...splatShorts, ...bothBits, ...set(codes), ...get(codes), ...get(codes), ...narrowToBytes],
  ];
}

/** Joins the codes of a row, in a local as bytes, with those of the next on the stack: two to a byte. */
export function joinNibbles(first: number): Code {
  return [...constant(4), ...shiftShortsLeft, ...get(first), ...eitherBits];
}

/** Stores each byte of the vector in a local, so many bytes apart. */
export function storeBytesApart(pointer: number, bytes: number, distance: number): Code {
  return Array.from({ length: tileColumns }, (_, lane) => [
    ...[...get(pointer), ...get(bytes), ...vector(0x58), 0, ...unsigned(lane * distance), lane],
  ]).flat();
}

/** Takes an address and what `packTile` left from the stack. */
export function storeTile(bits: 4 | 8): Code {
  return bits === 4 ? storeHalf : storeVector(0);
}
