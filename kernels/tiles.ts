/**
 * Computes grids and codes of sixteen columns at a time. Sixteen columns are a tile: a line of the cache, four vectors
 * of float32. The numbers are those of `gridOfRange` and `roundToGrid` in the engine, to the bit.
 *
 * `Tile` is the type in which sixteen codes are stored: u64 in 4 bits, v128 in 8 bits.
 */
export type Nibbles = u64;
export type Bytes = v128;

export const tileColumns: usize = 16;
export const tileBytes: usize = 64;

/** The largest float32 below a half. With a half itself, a sum just below half-way would be rounded up. */
const nearlyHalf: f32 = 0.49999997;

/** A whole number below 2²² in magnitude, with this added in float32, has its integer in its lowest bits. */
const shift: f32 = 12582912;
export const shiftBits: i32 = 0x4b400000;

const signs = i32x4.splat(i32.MIN_VALUE);
export const halves = f32x4.splat(nearlyHalf);
export const shifts = f32x4.splat(shift);

export function bitsOf<Tile>(): i32 {
  return sizeof<Tile>() === 8 ? 4 : 8;
}

/** Bytes of the codes of values of so many bytes. */
export function codeBytes<Tile>(valueBytes: usize): usize {
  return valueBytes >> (bitsOf<Tile>() === 4 ? 3 : 2);
}

/** The zero point of a symmetric grid: half of the number of codes. */
function middleOf<Tile>(): f32 {
  return bitsOf<Tile>() === 4 ? 8 : 128;
}

function highestOf<Tile>(): f32 {
  return bitsOf<Tile>() === 4 ? 15 : 255;
}

/** The nearest whole numbers, ties away from zero. */
function roundAway(values: v128): v128 {
  return f32x4.trunc(f32x4.add(values, v128.or(v128.and(values, signs), halves)));
}

/** Steps of the grid of four ranges, 0 for a range of zeros. */
export function stepsOf<Tile>(low: v128, high: v128, symmetric: bool): v128 {
  if (!symmetric) return f32x4.div(f32x4.sub(high, low), f32x4.splat(highestOf<Tile>()));
  const farther = v128.bitselect(high, low, f32x4.lt(f32x4.neg(low), high));
  return f32x4.div(farther, f32x4.splat(-middleOf<Tile>()));
}

/** Scales of steps: 1 for a range of zeros. */
export function scalesOf(steps: v128): v128 {
  return v128.bitselect(f32x4.splat(1), steps, f32x4.eq(steps, f32x4.splat(0)));
}

/** Zero points as float32. Not for columns in 8 bits that are symmetric and share no blocks. */
export function zeroPointsOf<Tile>(low: v128, steps: v128, symmetric: bool): v128 {
  const middle = f32x4.splat(middleOf<Tile>());
  if (symmetric) return middle;
  const nearest = roundAway(f32x4.div(f32x4.neg(low), steps));
  const isEmpty = f32x4.eq(steps, f32x4.splat(0));
  return v128.bitselect(middle, f32x4.pmin(nearest, f32x4.splat(highestOf<Tile>())), isEmpty);
}

/**
 * Widens ranges of sixteen columns at `lows` and `highs` to hold the values from `row` on, `rowBytes` apart.
 * @param Found v128 to return bits if a value is not finite.
 */
export function widenTile<Found>(row: usize, rowEnd: usize, rowBytes: usize, lows: usize, highs: usize): v128 {
  let low0 = v128.load(lows);
  let low1 = v128.load(lows, 16);
  let low2 = v128.load(lows, 32);
  let low3 = v128.load(lows, 48);
  let high0 = v128.load(highs);
  let high1 = v128.load(highs, 16);
  let high2 = v128.load(highs, 32);
  let high3 = v128.load(highs, 48);
  let found = i32x4.splat(0);
  let at = row;
  do {
    let values = v128.load(at);
    low0 = f32x4.pmin(low0, values);
    high0 = f32x4.pmax(high0, values);
    found = withNotFinite<Found>(found, values);
    values = v128.load(at, 16);
    low1 = f32x4.pmin(low1, values);
    high1 = f32x4.pmax(high1, values);
    found = withNotFinite<Found>(found, values);
    values = v128.load(at, 32);
    low2 = f32x4.pmin(low2, values);
    high2 = f32x4.pmax(high2, values);
    found = withNotFinite<Found>(found, values);
    values = v128.load(at, 48);
    low3 = f32x4.pmin(low3, values);
    high3 = f32x4.pmax(high3, values);
    found = withNotFinite<Found>(found, values);
    at += rowBytes;
  } while (at < rowEnd);
  v128.store(lows, low0);
  v128.store(lows, low1, 16);
  v128.store(lows, low2, 32);
  v128.store(lows, low3, 48);
  v128.store(highs, high0);
  v128.store(highs, high1, 16);
  v128.store(highs, high2, 32);
  v128.store(highs, high3, 48);
  return found;
}

function withNotFinite<Found>(found: v128, values: v128): v128 {
  return isVector<Found>() ? v128.or(found, f32x4.sub(values, values)) : found;
}

/** Ranges of sixteen columns that hold zero alone. */
export function clearRanges(lows: usize, highs: usize): void {
  for (let at: usize = 0; at < tileBytes; at += 16) {
    v128.store(lows + at, f32x4.splat(0));
    v128.store(highs + at, f32x4.splat(0));
  }
}

/** Quotients with `shift` added: the highest byte is 0x4b of all of these, and not of NaN. */
export function shiftedQuotients(values: v128, inverses: v128): v128 {
  return f32x4.add(roundAway(f32x4.mul(values, inverses)), shifts);
}

/** Terms that turn shifted quotients into codes. */
export function zerosToAdd(zeroPoints: v128): v128 {
  return i32x4.add(i32x4.trunc_sat_f32x4_s(zeroPoints), i32x4.splat(-shiftBits));
}

/** The bytes of a tile of codes, saturated; in 4 bits two codes to a byte, in the lower half of the vector. */
export function packTile<Tile>(codes0: v128, codes1: v128, codes2: v128, codes3: v128): v128 {
  const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(codes0, codes1), i16x8.narrow_i32x4_s(codes2, codes3));
  if (bitsOf<Tile>() === 8) return bytes;
  const codes = i8x16.min_u(bytes, i8x16.splat(15));
  const pairs = v128.and(v128.or(codes, i16x8.shr_u(codes, 4)), i16x8.splat(255));
  return i8x16.narrow_i16x8_u(pairs, pairs);
}

export function storeTile<Tile>(to: usize, bytes: v128): void {
  if (bitsOf<Tile>() === 4) v128.store_lane<u64>(to, bytes, 0);
  else v128.store(to, bytes);
}
