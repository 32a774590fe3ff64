/** Products of integers of 8 bits, exact on every engine. Strides are in bytes. */

/** Copies `len` bytes as integers of 16 bits. */
// prettier-ignore
function widen(from: usize, to: usize, len: i32, isUnsigned: i32): void {
  let i = 0;
  for (; i + 8 <= len; i += 8) v128.store(to + (<usize>i << 1), isUnsigned ? v128.load_ext<u8>(from + i) : v128.load_ext<i8>(from + i));
  for (; i < len; i++) store<i16>(to + (<usize>i << 1), isUnsigned ? <i16>load<u8>(from + i) : <i16>load<i8>(from + i));
}

/** round(sum × scale) + zero within bounds, for eight columns, of which `lanes` exist. */
// prettier-ignore
function put(sum0: v128, sum1: v128, scale: usize, zero: f32, low: f32, high: f32, o: usize, lanes: i32): void {
  const zeros = f32x4.splat(zero);
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  const y0 = f32x4.add(f32x4.nearest(f32x4.mul(f32x4.convert_i32x4_s(sum0), v128.load(scale))), zeros);
  const y1 = f32x4.add(f32x4.nearest(f32x4.mul(f32x4.convert_i32x4_s(sum1), v128.load(scale, 16))), zeros);
  const c0 = i32x4.trunc_sat_f32x4_s(f32x4.pmin(f32x4.pmax(y0, lows), highs));
  const c1 = i32x4.trunc_sat_f32x4_s(f32x4.pmin(f32x4.pmax(y1, lows), highs));
  const bytes = v128.shuffle<u8>(c0, c1, 0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12, 16, 20, 24, 28);
  if (lanes >= 8) {
    v128.store_lane<u64>(o, bytes, 0);
    return;
  }
  let rest = i64x2.extract_lane(bytes, 0);
  for (; lanes > 0; lanes--, o++, rest >>= 8) store<u8>(o, <u8>rest);
}

/**
 * `rows` × `cols` outputs of `n` channels: the dot products of runs of codes and panels of weights [depth / 2][8][2], where depth is the number of
 * codes rounded up to 2, plus `bias` in int32. Four pixels at a time are widened to `scratch`, which has 8 × depth bytes.
 */
// prettier-ignore
export function gemm8(a: usize, ay: usize, ax: usize, runsY: i32, stepY: usize, runsX: i32, stepX: usize, len: i32, depth: i32, w: usize, bias: usize, scale: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, zero: f32, low: f32, high: f32, isUnsigned: i32, scratch: usize): void {
  const row = <usize>depth << 1;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x += 4) {
      const m = min(4, cols - x);
      for (let i = 0; i < m; i++) {
        let to = scratch + <usize>i * row;
        let line = a + <usize>y * ay + <usize>(x + i) * ax;
        for (let ky = runsY; ky > 0; ky--, line += stepY) {
          let from = line;
          for (let kx = runsX; kx > 0; kx--, from += stepX, to += <usize>len << 1) widen(from, to, len, isUnsigned);
        }
        if (to < scratch + <usize>(i + 1) * row) store<i16>(to, 0);
      }
      let q = w;
      for (let c = 0; c < n; c += 8) {
        const at = <usize>c << 2;
        let s00 = v128.load(bias + at), s01 = v128.load(bias + at, 16);
        let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
        let p = scratch;
        for (let i = depth; i > 0; i -= 2, q += 16, p += 4) {
          const b0 = v128.load_ext<i8>(q), b1 = v128.load_ext<i8>(q, 8);
          let v = v128.load32_splat(p);
          s00 = i32x4.add(s00, i32x4.dot_i16x8_s(v, b0));
          s01 = i32x4.add(s01, i32x4.dot_i16x8_s(v, b1));
          v = v128.load32_splat(p + row);
          s10 = i32x4.add(s10, i32x4.dot_i16x8_s(v, b0));
          s11 = i32x4.add(s11, i32x4.dot_i16x8_s(v, b1));
          v = v128.load32_splat(p + 2 * row);
          s20 = i32x4.add(s20, i32x4.dot_i16x8_s(v, b0));
          s21 = i32x4.add(s21, i32x4.dot_i16x8_s(v, b1));
          v = v128.load32_splat(p + 3 * row);
          s30 = i32x4.add(s30, i32x4.dot_i16x8_s(v, b0));
          s31 = i32x4.add(s31, i32x4.dot_i16x8_s(v, b1));
        }
        const to = o + <usize>y * oy + <usize>x * ox + c;
        put(s00, s01, scale + at, zero, low, high, to, n - c);
        if (m > 1) put(s10, s11, scale + at, zero, low, high, to + ox, n - c);
        if (m > 2) put(s20, s21, scale + at, zero, low, high, to + 2 * ox, n - c);
        if (m > 3) put(s30, s31, scale + at, zero, low, high, to + 3 * ox, n - c);
      }
    }
  }
}

// prettier-ignore
function codes(from: usize, isUnsigned: i32): v128 {
  return isUnsigned ? v128.load_ext<u8>(from) : v128.load_ext<i8>(from);
}

/** Depthwise convolution: pairs of taps at a time. Weights are packed [n / 8][pairs][8][2]; a missing second tap has the weight 0. */
// prettier-ignore
export function depthwise8(a: usize, sy: usize, sx: usize, kh: i32, kw: i32, iy: usize, ix: usize, w: usize, bias: usize, scale: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, zero: f32, low: f32, high: f32, isUnsigned: i32): void {
  const taps = kh * kw;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x++) {
      let q = w;
      const to = o + <usize>y * oy + <usize>x * ox;
      const start = a + <usize>y * sy + <usize>x * sx;
      for (let c = 0; c < n; c += 8) {
        const at = <usize>c << 2;
        let s0 = v128.load(bias + at), s1 = v128.load(bias + at, 16);
        let line = start + c;
        let from = line;
        let kx = 0;
        for (let t = 0; t < taps; t += 2, q += 16) {
          const u = codes(from, isUnsigned);
          if (++kx === kw) { kx = 0; line += iy; from = line; } else from += ix;
          let v = u;
          if (t + 1 < taps) {
            v = codes(from, isUnsigned);
            if (++kx === kw) { kx = 0; line += iy; from = line; } else from += ix;
          }
          s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v128.shuffle<u16>(u, v, 0, 8, 1, 9, 2, 10, 3, 11), v128.load_ext<i8>(q)));
          s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v128.shuffle<u16>(u, v, 4, 12, 5, 13, 6, 14, 7, 15), v128.load_ext<i8>(q, 8)));
        }
        put(s0, s1, scale + at, zero, low, high, to + c, n - c);
      }
    }
  }
}
