/** Between float32 and integers of 8 bits. Strides are in bytes. */
import { storeLanes } from './vectors';

/** round(x ÷ scale) + zero within bounds; halves go to the even neighbor. */
// prettier-ignore
export function quantize(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, scale: f32, zero: f32, low: f32, high: f32): void {
  const scales = f32x4.splat(scale);
  const zeros = f32x4.splat(zero);
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (; rows > 0; rows--, a += ay, o += oy) {
    for (let c = 0; c < n; c += 4) {
      const whole = f32x4.add(f32x4.nearest(f32x4.div(v128.load(a + (<usize>c << 2)), scales)), zeros);
      storeCodes(o + c, f32x4.pmin(f32x4.pmax(whole, lows), highs), n - c);
    }
  }
}

/** Four codes as float32. */
function four(from: usize, isUnsigned: i32): v128 {
  const bytes = v128.load32_zero(from);
  return isUnsigned
    ? f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)))
    : f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes)));
}

/** Stores up to four codes of numbers within bounds. */
function storeCodes(o: usize, numbers: v128, lanes: i32): void {
  const codes = i32x4.trunc_sat_f32x4_s(numbers);
  const bytes = v128.shuffle<u8>(codes, codes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
  if (lanes >= 4) {
    v128.store_lane<u32>(o, bytes, 0);
    return;
  }
  v128.store_lane<u8>(o, bytes, 0);
  if (lanes > 1) v128.store_lane<u8>(o + 1, bytes, 1);
  if (lanes > 2) v128.store_lane<u8>(o + 2, bytes, 2);
}

/** (code - zero) × scale; the codes are unsigned if `isUnsigned` is not 0. */
// prettier-ignore
export function dequantize(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, scale: f32, zero: f32, isUnsigned: i32): void {
  const scales = f32x4.splat(scale);
  const zeros = f32x4.splat(zero);
  for (; rows > 0; rows--, a += ay, o += oy) {
    for (let c = 0; c < n; c += 4) storeLanes(o + (<usize>c << 2), f32x4.mul(f32x4.sub(four(a + c, isUnsigned), zeros), scales), n - c);
  }
}

/** Codes of the sum of two values of codes: each is dequantized, and the sum is quantized. */
// prettier-ignore
export function add8(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, scaleA: f32, zeroA: f32, scaleB: f32, zeroB: f32, scale: f32, zero: f32, low: f32, high: f32, isUnsigned: i32): void {
  for (; rows > 0; rows--, a += ay, b += by, o += oy) {
    const a0 = f32x4.splat(f32x4.extract_lane(four(a, isUnsigned), 0));
    const b0 = f32x4.splat(f32x4.extract_lane(four(b, isUnsigned), 0));
    for (let c = 0; c < n; c += 4) {
      const u = f32x4.mul(f32x4.sub(as ? four(a + c, isUnsigned) : a0, f32x4.splat(zeroA)), f32x4.splat(scaleA));
      const v = f32x4.mul(f32x4.sub(bs ? four(b + c, isUnsigned) : b0, f32x4.splat(zeroB)), f32x4.splat(scaleB));
      const whole = f32x4.add(f32x4.nearest(f32x4.div(f32x4.add(u, v), f32x4.splat(scale))), f32x4.splat(zero));
      storeCodes(o + c, f32x4.pmin(f32x4.pmax(whole, f32x4.splat(low)), f32x4.splat(high)), n - c);
    }
  }
}
