/** Codes of 8 bits, eight at a time. */

/** 1.5 × 2²³: adding it rounds a number to the nearest integer, halves to even, which its lowest bits then hold. */
const magic: f32 = 12582912;

/** Types that give each signedness functions of its own. */
export class Signed {}
export class Unsigned {}

/** Eight codes as integers of 16 bits. */
export function codesOf<Type>(from: usize): v128 {
  return idof<Type>() === idof<Signed>() ? v128.load_ext<i8>(from) : v128.load_ext<u8>(from);
}

/** The lower or upper four of eight integers of 16 bits as float32. */
export function lowerFloats(integers: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(integers));
}

export function upperFloats(integers: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(integers));
}

/** What `putCodes` subtracts from the bits of a rounded number to add the zero point. */
export function zeroBits(zero: f32): v128 {
  return i32x4.sub(f32x4.splat(magic), i32x4.splat(i32(zero)));
}

/** Stores round(x) + zero of eight numbers, of which `lanes` exist; `lows` and `highs` are bounds less the zero point. NaN becomes the lower one. */
// prettier-ignore
export function putCodes(x0: v128, x1: v128, lows: v128, highs: v128, zeros: v128, o: usize, lanes: i32): void {
  const c0 = i32x4.sub(f32x4.add(f32x4.pmin(highs, f32x4.pmax(lows, x0)), f32x4.splat(magic)), zeros);
  const c1 = i32x4.sub(f32x4.add(f32x4.pmin(highs, f32x4.pmax(lows, x1)), f32x4.splat(magic)), zeros);
  // The lowest bytes, so that one instruction serves both types.
  const halves = v128.and(i16x8.narrow_i32x4_s(c0, c1), i16x8.splat(255));
  const bytes = i8x16.narrow_i16x8_u(halves, halves);
  if (lanes >= 8) {
    v128.store_lane<u64>(o, bytes, 0);
    return;
  }
  let rest = i64x2.extract_lane(bytes, 0);
  for (; lanes > 0; lanes--, o++, rest >>= 8) store<u8>(o, <u8>rest);
}
