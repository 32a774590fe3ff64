/**
 * Rounds a block of columns to the layout that MatMulNBits reads: two rows in a byte, `columnBytes` bytes for each
 * column. Addresses and sizes are in bytes, the width is a multiple of `tileColumns`, the number of rows even and at
 * most 32. `notFinite` gets bits if a value is not finite. The 128 bytes after these 16 are work space.
 */
import {
  clearRanges,
  halves,
  packTile,
  scalesOf,
  shiftBits,
  shifts,
  stepsOf,
  tileBytes,
  tileColumns,
  widenTile,
  zeroPointsOf,
  Bytes,
  Nibbles,
} from './tiles';

const columnBytes: usize = 16;

/** Stores the codes of sixteen columns, `columnBytes` apart. */
function scatter(to: usize, codes: v128): void {
  v128.store_lane<u8>(to, codes, 0, 0);
  v128.store_lane<u8>(to, codes, 1, 16);
  v128.store_lane<u8>(to, codes, 2, 32);
  v128.store_lane<u8>(to, codes, 3, 48);
  v128.store_lane<u8>(to, codes, 4, 64);
  v128.store_lane<u8>(to, codes, 5, 80);
  v128.store_lane<u8>(to, codes, 6, 96);
  v128.store_lane<u8>(to, codes, 7, 112);
  v128.store_lane<u8>(to, codes, 8, 128);
  v128.store_lane<u8>(to, codes, 9, 144);
  v128.store_lane<u8>(to, codes, 10, 160);
  v128.store_lane<u8>(to, codes, 11, 176);
  v128.store_lane<u8>(to, codes, 12, 192);
  v128.store_lane<u8>(to, codes, 13, 208);
  v128.store_lane<u8>(to, codes, 14, 224);
  v128.store_lane<u8>(to, codes, 15, 240);
}

/** Codes from 0 to 15 as integers; halves are rounded up. NaN gets 0, as in an array of bytes. */
function codesOf(values: v128, inverses: v128, zeroPoints: v128): v128 {
  const nearest = f32x4.trunc(f32x4.add(f32x4.add(f32x4.mul(values, inverses), zeroPoints), halves));
  const bounded = f32x4.pmin(f32x4.pmax(f32x4.splat(0), nearest), f32x4.splat(15));
  return i32x4.add(f32x4.add(bounded, shifts), i32x4.splat(-shiftBits));
}

/** Stores scales and zero points of the ranges of a tile, and the inverses of the scales in the place of the lows. */
function fitTile(lows: usize, highs: usize, scales: usize, zeroPoints: usize, symmetric: bool): void {
  for (let at: usize = 0; at < tileBytes; at += 16) {
    const low = v128.load(lows + at);
    const steps = stepsOf<Nibbles>(low, v128.load(highs + at), symmetric);
    const stored = scalesOf(steps);
    v128.store(scales + at, stored);
    v128.store(zeroPoints + at, zeroPointsOf<Nibbles>(low, steps, symmetric));
    v128.store(lows + at, f32x4.div(f32x4.splat(1), stored));
  }
}

function roundTile(row: usize, rowEnd: usize, rowBytes: usize, inverses: usize, zeroPoints: usize, codes: usize): void {
  const inverse0 = v128.load(inverses);
  const inverse1 = v128.load(inverses, 16);
  const inverse2 = v128.load(inverses, 32);
  const inverse3 = v128.load(inverses, 48);
  const zero0 = v128.load(zeroPoints);
  const zero1 = v128.load(zeroPoints, 16);
  const zero2 = v128.load(zeroPoints, 32);
  const zero3 = v128.load(zeroPoints, 48);
  let to = codes;
  let first = row;
  do {
    const second = first + rowBytes;
    const firstCodes = packTile<Bytes>(
      codesOf(v128.load(first), inverse0, zero0),
      codesOf(v128.load(first, 16), inverse1, zero1),
      codesOf(v128.load(first, 32), inverse2, zero2),
      codesOf(v128.load(first, 48), inverse3, zero3),
    );
    const secondCodes = packTile<Bytes>(
      codesOf(v128.load(second), inverse0, zero0),
      codesOf(v128.load(second, 16), inverse1, zero1),
      codesOf(v128.load(second, 32), inverse2, zero2),
      codesOf(v128.load(second, 48), inverse3, zero3),
    );
    scatter(to, v128.or(firstCodes, i16x8.shl(secondCodes, 4)));
    to += 1;
    first += 2 * rowBytes;
  } while (first < rowEnd);
}

/** @param Code i8 for a symmetric grid, u8 for another. */
function roundBlock<Code>(
  values: usize,
  bytes: usize,
  rowBytes: usize,
  scales: usize,
  zeroPoints: usize,
  codes: usize,
  notFinite: usize,
): void {
  const lows = notFinite + 16;
  const highs = lows + tileBytes;
  let found = i32x4.splat(0);
  let to = codes;
  for (let at: usize = 0; at < rowBytes; at += tileBytes, to += tileColumns * columnBytes) {
    const row = values + at;
    const rowEnd = row + bytes;
    clearRanges(lows, highs);
    found = v128.or(found, widenTile<v128>(row, rowEnd, rowBytes, lows, highs));
    fitTile(lows, highs, scales + at, zeroPoints + at, isSigned<Code>());
    roundTile(row, rowEnd, rowBytes, lows, zeroPoints + at, to);
  }
  v128.store(notFinite, found);
}

// prettier-ignore
export function roundNibbleRows(values: usize, bytes: usize, rowBytes: usize, scales: usize, zeroPoints: usize, codes: usize, notFinite: usize): void {
  roundBlock<u8>(values, bytes, rowBytes, scales, zeroPoints, codes, notFinite);
}

// prettier-ignore
export function roundNibbleRowsSymmetric(values: usize, bytes: usize, rowBytes: usize, scales: usize, zeroPoints: usize, codes: usize, notFinite: usize): void {
  roundBlock<i8>(values, bytes, rowBytes, scales, zeroPoints, codes, notFinite);
}
