/**
 * Ranges and roundings of columns that lie side by side, with the vector instructions of WebAssembly: sixteen columns, a line of the
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
  type Code,
} from '../../../wasm-code';
import {
  codesOf,
  differingBits,
  largerFloats,
  packTile,
  prepareRounding,
  smallerFloats,
  splatBytes,
  storeTile,
  tileBytes,
  vectorsOfTile,
  zeroToAdd,
} from './column-code';

interface ColumnKernel {
  readonly memory: WebAssembly.Memory;
  /** Widens the ranges at `grids` to hold rows of `rowBytes`, `bytes` of them in all. Addresses are in bytes. */
  widen(values: number, grids: number, rowBytes: number, bytes: number): void;
  /** Writes two codes to a byte, with the bits of `turned` turned. */
  roundNibbles(values: number, grids: number, rowBytes: number, bytes: number, target: number, turned: number): void;
  roundBytes: ColumnKernel['roundNibbles'];
}

/** Nothing is left in its memory between calls. */
const columnKernel = kernelOnce<ColumnKernel>(() => [
  { name: 'widen', parameters: 4, integers: 4, vectors: 9, body: widenBody() },
  { name: 'roundNibbles', parameters: 6, integers: 5, vectors: 14, body: roundBody(4) },
  { name: 'roundBytes', parameters: 6, integers: 5, vectors: 14, body: roundBody(8) },
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

function roundBody(bits: 4 | 8): Code {
  const pointers = { column: 6, columnEnd: 7, row: 8, rowEnd: 9 };
  const { column, row } = pointers;
  const to = 10;
  const [inverse, zero, quotient, codes, flips] = [11, 15, 19, 20, 21];
  const rounding = { sign: 22, half: 23, shift: 24 };
  /** Numbers of a row for each byte of its codes. */
  const shrink = bits === 4 ? 3 : 2;
  const packed = packTile(bits, codes, (at) => [
    ...[...get(row), ...loadVector(16 * at)],
    ...codesOf({ ...rounding, inverse: inverse + at, zero: zero + at, quotient }),
  ]);
  const advance = [...get(to), ...get(rowBytes), ...constant(shrink), shiftRight, add, ...set(to)];
  const distance = [...get(column), ...get(grids), subtract, ...constant(shrink), shiftRight];
  const tiles = overTiles(pointers, {
    before: [
      ...[...loadPart(column, inverses, inverse), ...loadPart(column, zeros, zero)],
      ...vectorsOfTile.flatMap((at) => zeroToAdd(zero + at)),
      ...[...get(target), ...distance, add, ...set(to), ...get(turned), ...splatBytes, ...set(flips)],
    ],
    each: [...get(to), ...packed, ...get(flips), ...differingBits, ...storeTile(bits), ...advance],
    after: [],
  });
  return [...prepareRounding(rounding), ...tiles];
}
