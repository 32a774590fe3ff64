/**
 * Ranges and codes of columns whose grids are known. Grids lie in memory part after part, one float32 for each column, and `grids` is the first
 * part. Addresses and sizes are in bytes. Values are finite, and the width is a multiple of `tileColumns`.
 */
import {
  codeBytes,
  packTile,
  shiftedQuotients,
  storeTile,
  tileBytes,
  widenTile,
  zerosToAdd,
  Bytes,
  Nibbles,
} from './tiles';

/** Widens ranges (lows, highs) to hold rows of `rowBytes`, `bytes` of them in all. */
export function widen(values: usize, grids: usize, rowBytes: usize, bytes: usize): void {
  for (let at: usize = 0; at < rowBytes; at += tileBytes) {
    const lows = grids + at;
    widenTile<void>(values + at, values + at + bytes, rowBytes, lows, lows + rowBytes);
  }
}

/**
 * Rounds the values of sixteen columns from `row` on, `rowBytes` apart, to codes at `target`, with bits turned.
 */
function roundTile<Tile>(
  row: usize,
  rowEnd: usize,
  rowBytes: usize,
  inverses: usize,
  zeroPoints: usize,
  target: usize,
  turned: v128,
): void {
  const inverse0 = v128.load(inverses);
  const inverse1 = v128.load(inverses, 16);
  const inverse2 = v128.load(inverses, 32);
  const inverse3 = v128.load(inverses, 48);
  const zero0 = zerosToAdd(v128.load(zeroPoints));
  const zero1 = zerosToAdd(v128.load(zeroPoints, 16));
  const zero2 = zerosToAdd(v128.load(zeroPoints, 32));
  const zero3 = zerosToAdd(v128.load(zeroPoints, 48));
  let to = target;
  let at = row;
  do {
    const codes = packTile<Tile>(
      i32x4.add(shiftedQuotients(v128.load(at), inverse0), zero0),
      i32x4.add(shiftedQuotients(v128.load(at, 16), inverse1), zero1),
      i32x4.add(shiftedQuotients(v128.load(at, 32), inverse2), zero2),
      i32x4.add(shiftedQuotients(v128.load(at, 48), inverse3), zero3),
    );
    storeTile<Tile>(to, v128.xor(codes, turned));
    to += codeBytes<Tile>(rowBytes);
    at += rowBytes;
  } while (at < rowEnd);
}

/**
 * Rounds with the inverses of the scales (third part of a grid) and the zero points (fourth part). It flips the bits of
 * `turned` in every byte.
 */
function round<Tile>(values: usize, grids: usize, rowBytes: usize, bytes: usize, target: usize, turned: i32): void {
  for (let at: usize = 0; at < rowBytes; at += tileBytes) {
    const row = values + at;
    const inverses = grids + at + 2 * rowBytes;
    const to = target + codeBytes<Tile>(at);
    roundTile<Tile>(row, row + bytes, rowBytes, inverses, inverses + rowBytes, to, i8x16.splat(i8(turned)));
  }
}

// prettier-ignore
export function roundNibbles(values: usize, grids: usize, rowBytes: usize, bytes: usize, target: usize, turned: i32): void {
  round<Nibbles>(values, grids, rowBytes, bytes, target, turned);
}

// prettier-ignore
export function roundBytes(values: usize, grids: usize, rowBytes: usize, bytes: usize, target: usize, turned: i32): void {
  round<Bytes>(values, grids, rowBytes, bytes, target, turned);
}
