/**
 * Rounds a block of columns: the range of the block in each column, its grid and its codes. Addresses and sizes are in bytes, and the width is a
 * multiple of `tileColumns`. `seen` collects the bits of all shifted quotients, which show a value that is not finite. The 128 bytes
 * after these 16 are work space.
 */
import {
  bitsOf,
  clearRanges,
  codeBytes,
  packTile,
  scalesOf,
  shiftedQuotients,
  stepsOf,
  storeTile,
  tileBytes,
  widenTile,
  zeroPointsOf,
  zerosToAdd,
  Bytes,
  Nibbles,
} from './tiles';

/** Inverses of scales; 0 if infinite: of numbers so small that the scale has no inverse, each is as good as zero. */
function inversesOf(scales: v128): v128 {
  const inverses = f32x4.div(f32x4.splat(1), scales);
  return v128.and(inverses, f32x4.lt(f32x4.abs(inverses), f32x4.splat(Infinity)));
}

function packZeroPoints<Tile>(zero0: v128, zero1: v128, zero2: v128, zero3: v128): v128 {
  return packTile<Tile>(
    i32x4.trunc_sat_f32x4_s(zero0),
    i32x4.trunc_sat_f32x4_s(zero1),
    i32x4.trunc_sat_f32x4_s(zero2),
    i32x4.trunc_sat_f32x4_s(zero3),
  );
}

/** Steps of the grids of the ranges at `lows` and `highs`. */
function stepsAt<Tile>(lows: usize, highs: usize, symmetric: bool): v128 {
  return stepsOf<Tile>(v128.load(lows), v128.load(highs), symmetric);
}

/** @param Code i8 for a symmetric grid, whose codes are stored as two's complement, u8 for another. */
function round<Tile, Code>(
  values: usize,
  bytes: usize,
  rowBytes: usize,
  scales: usize,
  zeroPoints: usize,
  codes: usize,
  seen: usize,
): void {
  const symmetric = isSigned<Code>();
  const turned = i8x16.splat(i8(symmetric ? (bitsOf<Tile>() === 4 ? 0x88 : 0x80) : 0));
  const lows = seen + 16;
  const highs = lows + tileBytes;
  let allSeen = v128.load(seen);
  for (let at: usize = 0; at < rowBytes; at += tileBytes) {
    const rowEnd = values + at + bytes;
    clearRanges(lows, highs);
    widenTile<void>(values + at, rowEnd, rowBytes, lows, highs);
    const steps0 = stepsAt<Tile>(lows, highs, symmetric);
    const zero0 = zeroPointsOf<Tile>(v128.load(lows), steps0, symmetric);
    const scale0 = scalesOf(steps0);
    v128.store(scales + at, scale0);
    const steps1 = stepsAt<Tile>(lows + 16, highs + 16, symmetric);
    const zero1 = zeroPointsOf<Tile>(v128.load(lows + 16), steps1, symmetric);
    const scale1 = scalesOf(steps1);
    v128.store(scales + at, scale1, 16);
    const steps2 = stepsAt<Tile>(lows + 32, highs + 32, symmetric);
    const zero2 = zeroPointsOf<Tile>(v128.load(lows + 32), steps2, symmetric);
    const scale2 = scalesOf(steps2);
    v128.store(scales + at, scale2, 32);
    const steps3 = stepsAt<Tile>(lows + 48, highs + 48, symmetric);
    const zero3 = zeroPointsOf<Tile>(v128.load(lows + 48), steps3, symmetric);
    const scale3 = scalesOf(steps3);
    v128.store(scales + at, scale3, 48);
    if (!symmetric) storeTile<Tile>(zeroPoints + codeBytes<Tile>(at), packZeroPoints<Tile>(zero0, zero1, zero2, zero3));
    const inverse0 = inversesOf(scale0);
    const inverse1 = inversesOf(scale1);
    const inverse2 = inversesOf(scale2);
    const inverse3 = inversesOf(scale3);
    const added0 = zerosToAdd(zero0);
    const added1 = zerosToAdd(zero1);
    const added2 = zerosToAdd(zero2);
    const added3 = zerosToAdd(zero3);
    let to = codes + codeBytes<Tile>(at);
    let row = values + at;
    do {
      let quotients = shiftedQuotients(v128.load(row), inverse0);
      allSeen = v128.or(allSeen, quotients);
      const codes0 = i32x4.add(quotients, added0);
      quotients = shiftedQuotients(v128.load(row, 16), inverse1);
      allSeen = v128.or(allSeen, quotients);
      const codes1 = i32x4.add(quotients, added1);
      quotients = shiftedQuotients(v128.load(row, 32), inverse2);
      allSeen = v128.or(allSeen, quotients);
      const codes2 = i32x4.add(quotients, added2);
      quotients = shiftedQuotients(v128.load(row, 48), inverse3);
      allSeen = v128.or(allSeen, quotients);
      const codes3 = i32x4.add(quotients, added3);
      const packed = packTile<Tile>(codes0, codes1, codes2, codes3);
      storeTile<Tile>(to, symmetric ? v128.xor(packed, turned) : packed);
      to += codeBytes<Tile>(rowBytes);
      row += rowBytes;
    } while (row < rowEnd);
  }
  v128.store(seen, allSeen);
}

// prettier-ignore
export function round4(values: usize, bytes: usize, rowBytes: usize, scales: usize, zeroPoints: usize, codes: usize, seen: usize): void {
  round<Nibbles, u8>(values, bytes, rowBytes, scales, zeroPoints, codes, seen);
}

// prettier-ignore
export function round4Symmetric(values: usize, bytes: usize, rowBytes: usize, scales: usize, zeroPoints: usize, codes: usize, seen: usize): void {
  round<Nibbles, i8>(values, bytes, rowBytes, scales, zeroPoints, codes, seen);
}

// prettier-ignore
export function round8(values: usize, bytes: usize, rowBytes: usize, scales: usize, zeroPoints: usize, codes: usize, seen: usize): void {
  round<Bytes, u8>(values, bytes, rowBytes, scales, zeroPoints, codes, seen);
}

// prettier-ignore
export function round8Symmetric(values: usize, bytes: usize, rowBytes: usize, scales: usize, zeroPoints: usize, codes: usize, seen: usize): void {
  round<Bytes, i8>(values, bytes, rowBytes, scales, zeroPoints, codes, seen);
}
