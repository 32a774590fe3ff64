/** Between float32 and integers of 8 bits. Strides are in bytes. */

/** round(x ÷ scale) + zero, within -128 to 127 after `shift` is added; halves go to the even neighbor. */
// prettier-ignore
export function quantize(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, scale: f32, zero: f32, low: f32, high: f32): void {
  const scales = f32x4.splat(scale);
  const zeros = f32x4.splat(zero);
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (; rows > 0; rows--, a += ay, o += oy) {
    for (let c = 0; c < n; c += 4) {
      const whole = f32x4.add(f32x4.nearest(f32x4.div(v128.load(a + (<usize>c << 2)), scales)), zeros);
      const codes = i32x4.trunc_sat_f32x4_s(f32x4.pmin(f32x4.pmax(whole, lows), highs));
      const bytes = v128.shuffle<u8>(codes, codes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
      if (n - c >= 4) v128.store_lane<u32>(o + c, bytes, 0);
      else {
        v128.store_lane<u8>(o + c, bytes, 0);
        if (n - c > 1) v128.store_lane<u8>(o + c + 1, bytes, 1);
        if (n - c > 2) v128.store_lane<u8>(o + c + 2, bytes, 2);
      }
    }
  }
}

/** (code - zero) × scale; the codes are unsigned if `isUnsigned` is not 0. */
// prettier-ignore
export function dequantize(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, scale: f32, zero: f32, isUnsigned: i32): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    for (let c = 0; c < n; c++) {
      const code = isUnsigned ? f32(load<u8>(a + c)) : f32(load<i8>(a + c));
      store<f32>(o + (<usize>c << 2), (code - zero) * scale);
    }
  }
}
