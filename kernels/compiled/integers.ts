/** Products of integers of 8 bits, exact on every engine. Strides are in bytes. */
import { activate } from './activations';
import { codesOf, putCodes, Signed, Unsigned, zeroBits } from './codes';
import { storeLanes } from './vectors';

/** Where the outputs of a tile begin: kernels own the first 1,024 bytes of the memory. */
const targets: usize = 512;

/** Copies `len` bytes as integers of 16 bits. Up to seven more follow, which later runs overwrite or weights of 0 multiply. */
function widen<Type>(from: usize, to: usize, len: i32): void {
  for (; len > 0; len -= 8, from += 8, to += 16) v128.store(to, codesOf<Type>(from));
}

// prettier-ignore
function put(sum0: v128, sum1: v128, scale: usize, lows: v128, highs: v128, zeros: v128, o: usize, lanes: i32): void {
  putCodes(f32x4.mul(f32x4.convert_i32x4_s(sum0), v128.load(scale)), f32x4.mul(f32x4.convert_i32x4_s(sum1), v128.load(scale, 16)), lows, highs, zeros, o, lanes);
}

/** What becomes of sums. */
class Codes {}
class Floats {}

/** The sums of a tile: four rows of eight. */
const tile: usize = 576;

/** Stores act(sum × scale + bias + added) of `rows` rows, of which `lanes` columns exist; the integers themselves if there is no scale. */
// prettier-ignore
function putFloats(rows: i32, lanes: i32, scale: usize, scaleStep: usize, bias: usize, at: usize, r: usize, act: i32, alpha: f32, beta: f32): void {
  for (let i = 0; i < rows; i++) {
    const to = load<usize>(targets + (<usize>i << 2)) + at;
    for (let half = 0; half < min(8, lanes); half += 4) {
      const place = <usize>half << 2;
      let x = v128.load(tile + (<usize>i << 5) + place);
      if (scale) {
        const scales = scaleStep ? v128.load(scale + at + place) : v128.load32_splat(scale);
        x = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(x), scales), v128.load(bias + at + place));
        if (r) x = f32x4.add(x, v128.load(r + to + place));
        if (act) x = activate(x, act, alpha, beta);
      }
      storeLanes(to + place, x, lanes - half);
    }
  }
}

// prettier-ignore
function gemmOf<Type, Out>(a: usize, ay: usize, ax: usize, runsY: i32, stepY: usize, runsX: i32, stepX: usize, len: i32, depth: i32, w: usize, bias: usize, scale: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, zero: f32, low: f32, high: f32, scratch: usize, scaleStep: usize, floatBias: usize, r: usize, act: i32): void {
  const row = <usize>depth << 1;
  const zeros = zeroBits(zero), lows = f32x4.splat(low - zero), highs = f32x4.splat(high - zero);
  let from = a, to = o, x = 0;
  for (let left = rows * cols; left > 0; left -= 4) {
    for (let i = 0; i < min(4, left); i++) {
      let line = from;
      let wide = scratch + <usize>i * row;
      for (let ky = runsY; ky > 0; ky--, line += stepY) {
        let part = line;
        for (let kx = runsX; kx > 0; kx--, part += stepX, wide += <usize>len << 1) widen<Type>(part, wide, len);
      }
      store<usize>(targets + (<usize>i << 2), to);
      if (++x === cols) { x = 0; a += ay; o += oy; from = a; to = o; } else { from += ax; to += ox; }
    }
    let q = w;
    for (let c = 0; c < n; c += 8) {
      const at = <usize>c << 2;
      let s00 = v128.load(bias + at), s01 = v128.load(bias + at, 16);
      let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
      let p0 = scratch, p1 = p0 + row, p2 = p1 + row, p3 = p2 + row;
      if (left === 1) {
        for (let i = depth; i > 0; i -= 4, q += 32, p0 += 8) {
          const u = v128.load32_splat(p0), v = v128.load32_splat(p0, 4);
          s00 = i32x4.add(s00, i32x4.dot_i16x8_s(u, v128.load_ext<i8>(q)));
          s01 = i32x4.add(s01, i32x4.dot_i16x8_s(u, v128.load_ext<i8>(q, 8)));
          s10 = i32x4.add(s10, i32x4.dot_i16x8_s(v, v128.load_ext<i8>(q, 16)));
          s11 = i32x4.add(s11, i32x4.dot_i16x8_s(v, v128.load_ext<i8>(q, 24)));
        }
        s00 = i32x4.add(s00, i32x4.sub(s10, v128.load(bias + at)));
        s01 = i32x4.add(s01, i32x4.sub(s11, v128.load(bias + at, 16)));
      } else for (let i = depth; i > 0; i -= 4, q += 32, p0 += 8, p1 += 8, p2 += 8, p3 += 8) {
        let b0 = v128.load_ext<i8>(q), b1 = v128.load_ext<i8>(q, 8);
        let v = v128.load32_splat(p0);
        s00 = i32x4.add(s00, i32x4.dot_i16x8_s(v, b0));
        s01 = i32x4.add(s01, i32x4.dot_i16x8_s(v, b1));
        v = v128.load32_splat(p1);
        s10 = i32x4.add(s10, i32x4.dot_i16x8_s(v, b0));
        s11 = i32x4.add(s11, i32x4.dot_i16x8_s(v, b1));
        v = v128.load32_splat(p2);
        s20 = i32x4.add(s20, i32x4.dot_i16x8_s(v, b0));
        s21 = i32x4.add(s21, i32x4.dot_i16x8_s(v, b1));
        v = v128.load32_splat(p3);
        s30 = i32x4.add(s30, i32x4.dot_i16x8_s(v, b0));
        s31 = i32x4.add(s31, i32x4.dot_i16x8_s(v, b1));
        b0 = v128.load_ext<i8>(q, 16);
        b1 = v128.load_ext<i8>(q, 24);
        v = v128.load32_splat(p0, 4);
        s00 = i32x4.add(s00, i32x4.dot_i16x8_s(v, b0));
        s01 = i32x4.add(s01, i32x4.dot_i16x8_s(v, b1));
        v = v128.load32_splat(p1, 4);
        s10 = i32x4.add(s10, i32x4.dot_i16x8_s(v, b0));
        s11 = i32x4.add(s11, i32x4.dot_i16x8_s(v, b1));
        v = v128.load32_splat(p2, 4);
        s20 = i32x4.add(s20, i32x4.dot_i16x8_s(v, b0));
        s21 = i32x4.add(s21, i32x4.dot_i16x8_s(v, b1));
        v = v128.load32_splat(p3, 4);
        s30 = i32x4.add(s30, i32x4.dot_i16x8_s(v, b0));
        s31 = i32x4.add(s31, i32x4.dot_i16x8_s(v, b1));
      }
      const lanes = n - c;
      if (idof<Out>() === idof<Floats>()) {
        v128.store(tile, s00); v128.store(tile, s01, 16);
        v128.store(tile, s10, 32); v128.store(tile, s11, 48);
        v128.store(tile, s20, 64); v128.store(tile, s21, 80);
        v128.store(tile, s30, 96); v128.store(tile, s31, 112);
        putFloats(min(4, left), lanes, scale, scaleStep, floatBias, at, r, act, low, high);
        continue;
      }
      put(s00, s01, scale + at, lows, highs, zeros, load<usize>(targets) + c, lanes);
      if (left > 1) put(s10, s11, scale + at, lows, highs, zeros, load<usize>(targets, 4) + c, lanes);
      if (left > 2) put(s20, s21, scale + at, lows, highs, zeros, load<usize>(targets, 8) + c, lanes);
      if (left > 3) put(s30, s31, scale + at, lows, highs, zeros, load<usize>(targets, 12) + c, lanes);
    }
  }
}

/**
 * `rows` × `cols` outputs of `n` channels: the dot products of runs of codes and panels of weights [depth / 2][8][2], where depth is the number of
 * codes rounded up to 4, plus `bias` in int32. Four pixels at a time are widened to `scratch`, which has 8 × depth bytes and 16 more.
 */
// prettier-ignore
export function gemm8(a: usize, ay: usize, ax: usize, runsY: i32, stepY: usize, runsX: i32, stepX: usize, len: i32, depth: i32, w: usize, bias: usize, scale: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, zero: f32, low: f32, high: f32, isUnsigned: i32, scratch: usize): void {
  if (isUnsigned) gemmOf<Unsigned, Codes>(a, ay, ax, runsY, stepY, runsX, stepX, len, depth, w, bias, scale, o, oy, ox, rows, cols, n, zero, low, high, scratch, 0, 0, 0, 0);
  else gemmOf<Signed, Codes>(a, ay, ax, runsY, stepY, runsX, stepX, len, depth, w, bias, scale, o, oy, ox, rows, cols, n, zero, low, high, scratch, 0, 0, 0, 0);
}

/**
 * `rows` rows of `n` floats: act(sums × scale + bias + added), from `rows` rows of `len` codes whose zero point, of the type of the codes, is at
 * `zero`, or is 0 if there is none. `totals` has the sum of the weights of each column. `scratch` has 4 × n bytes more than for `gemm8`.
 */
// prettier-ignore
export function gemm8ToFloats(a: usize, len: i32, depth: i32, w: usize, totals: usize, zero: usize, scale: usize, scaleStep: usize, bias: usize, o: usize, r: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32, isUnsigned: i32, scratch: usize): void {
  const sums = scratch + (<usize>depth << 3) + 64;
  const code: i32 = zero ? (isUnsigned ? <i32>load<u8>(zero) : <i32>load<i8>(zero)) : 0;
  for (let c = 0; c < n; c += 4) v128.store(sums + (<usize>c << 2), i32x4.mul(v128.load(totals + (<usize>c << 2)), i32x4.splat(-code)));
  const added = r ? r - o : 0, ox = <usize>n << 2;
  if (isUnsigned) gemmOf<Unsigned, Floats>(a, 0, len, 1, 0, 1, 0, len, depth, w, sums, scale, o, 0, ox, 1, rows, n, 0, alpha, beta, scratch, scaleStep, bias, added, act);
  else gemmOf<Signed, Floats>(a, 0, len, 1, 0, 1, 0, len, depth, w, sums, scale, o, 0, ox, 1, rows, n, 0, alpha, beta, scratch, scaleStep, bias, added, act);
}

// prettier-ignore
function depthwiseOf<Type>(a: usize, sy: usize, sx: usize, kh: i32, kw: i32, iy: usize, ix: usize, w: usize, bias: usize, scale: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, zero: f32, low: f32, high: f32): void {
  const zeros = zeroBits(zero), lows = f32x4.splat(low - zero), highs = f32x4.splat(high - zero);
  const taps = kh * kw;
  for (; rows > 0; rows--, a += sy, o += oy) {
    let start = a, to = o;
    for (let x = cols; x > 0; x--, start += sx, to += ox) {
      let q = w;
      for (let c = 0; c < n; c += 8) {
        const at = <usize>c << 2;
        let s0 = v128.load(bias + at), s1 = v128.load(bias + at, 16);
        let line = start + c;
        let from = line;
        let kx = 0;
        for (let t = 0; t < taps; t += 2, q += 16) {
          const u = codesOf<Type>(from);
          if (++kx === kw) { kx = 0; line += iy; from = line; } else from += ix;
          let v = u;
          if (t + 1 < taps) {
            v = codesOf<Type>(from);
            if (++kx === kw) { kx = 0; line += iy; from = line; } else from += ix;
          }
          s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v128.shuffle<u16>(u, v, 0, 8, 1, 9, 2, 10, 3, 11), v128.load_ext<i8>(q)));
          s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v128.shuffle<u16>(u, v, 4, 12, 5, 13, 6, 14, 7, 15), v128.load_ext<i8>(q, 8)));
        }
        put(s0, s1, scale + at, lows, highs, zeros, to + c, n - c);
      }
    }
  }
}

/** Depthwise convolution: pairs of taps at a time. Weights are packed [n / 8][pairs][8][2]; a missing second tap has the weight 0. */
// prettier-ignore
export function depthwise8(a: usize, sy: usize, sx: usize, kh: i32, kw: i32, iy: usize, ix: usize, w: usize, bias: usize, scale: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, zero: f32, low: f32, high: f32, isUnsigned: i32): void {
  if (isUnsigned) depthwiseOf<Unsigned>(a, sy, sx, kh, kw, iy, ix, w, bias, scale, o, oy, ox, rows, cols, n, zero, low, high);
  else depthwiseOf<Signed>(a, sy, sx, kh, kw, iy, ix, w, bias, scale, o, oy, ox, rows, cols, n, zero, low, high);
}

class Stride1 {}
class Stride2 {}
class Lower {}
class Upper {}

/** Pairs of rows of the lower or upper four channels. */
function pairsOf<Half>(u: v128, v: v128): v128 {
  return idof<Half>() === idof<Lower>()
    ? v128.shuffle<u16>(u, v, 0, 8, 1, 9, 2, 10, 3, 11)
    : v128.shuffle<u16>(u, v, 4, 12, 5, 13, 6, 14, 7, 15);
}

function dot3(v0: v128, v1: v128, v2: v128, w0: v128, w1: v128, w2: v128, sum: v128): v128 {
  return i32x4.add(
    i32x4.add(i32x4.add(sum, i32x4.dot_i16x8_s(v0, w0)), i32x4.dot_i16x8_s(v1, w1)),
    i32x4.dot_i16x8_s(v2, w2),
  );
}

/** Four channels of four neighboring pixels of 3 × 3 kernels; the sums are stored 32 bytes apart. */
// prettier-ignore
function four3<Type, Stride, Half>(a: usize, iy: usize, ix: usize, w: usize, sum: v128, to: usize): void {
  let s0 = sum, s1 = sum, s2 = sum, s3 = sum;
  // The first two rows as pairs, then the third one with zeros.
  for (let y = 0; y < 2; y++, w += 24, a += 2 * iy) {
    const w0 = v128.load_ext<i8>(w), w1 = v128.load_ext<i8>(w, 8), w2 = v128.load_ext<i8>(w, 16);
    const second: usize = y ? 0 : iy;
    let p = a;
    const v0 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second)); p += ix;
    const v1 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second)); p += ix;
    const v2 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second)); p += ix;
    s0 = dot3(v0, v1, v2, w0, w1, w2, s0);
    const v3 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second)); p += ix;
    if (idof<Stride>() === idof<Stride1>()) {
      s1 = dot3(v1, v2, v3, w0, w1, w2, s1);
      const v4 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second)); p += ix;
      s2 = dot3(v2, v3, v4, w0, w1, w2, s2);
      const v5 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second));
      s3 = dot3(v3, v4, v5, w0, w1, w2, s3);
    } else {
      const v4 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second)); p += ix;
      s1 = dot3(v2, v3, v4, w0, w1, w2, s1);
      const v5 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second)); p += ix;
      const v6 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second)); p += ix;
      s2 = dot3(v4, v5, v6, w0, w1, w2, s2);
      const v7 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second)); p += ix;
      const v8 = pairsOf<Half>(codesOf<Type>(p), codesOf<Type>(p + second));
      s3 = dot3(v6, v7, v8, w0, w1, w2, s3);
    }
  }
  v128.store(to, s0);
  v128.store(to, s1, 32);
  v128.store(to, s2, 64);
  v128.store(to, s3, 96);
}

/** Rows of four pixels or more; the last four overlap those before them. Weights are packed [n / 8][2 halves][2 pairs of rows][3][4][2]. */
// prettier-ignore
function depthwise3Of<Type, Stride>(a: usize, sy: usize, sx: usize, iy: usize, ix: usize, w: usize, bias: usize, scale: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, zero: f32, low: f32, high: f32): void {
  const zeros = zeroBits(zero), lows = f32x4.splat(low - zero), highs = f32x4.splat(high - zero);
  for (; rows > 0; rows--, a += sy, o += oy) {
    for (let x = 0; x < cols; x += 4) {
      const first = min(x, cols - 4);
      const from = a + <usize>first * sx, to = o + <usize>first * ox;
      let q = w;
      for (let c = 0; c < n; c += 8, q += 96) {
        const at = <usize>c << 2, lanes = n - c;
        four3<Type, Stride, Lower>(from + c, iy, ix, q, v128.load(bias + at), targets);
        four3<Type, Stride, Upper>(from + c, iy, ix, q + 48, v128.load(bias + at, 16), targets + 16);
        put(v128.load(targets), v128.load(targets, 16), scale + at, lows, highs, zeros, to + c, lanes);
        put(v128.load(targets, 32), v128.load(targets, 48), scale + at, lows, highs, zeros, to + ox + c, lanes);
        put(v128.load(targets, 64), v128.load(targets, 80), scale + at, lows, highs, zeros, to + 2 * ox + c, lanes);
        put(v128.load(targets, 96), v128.load(targets, 112), scale + at, lows, highs, zeros, to + 3 * ox + c, lanes);
      }
    }
  }
}

/** The same for 3 × 3 kernels without dilation, with the strides 1 and 2 along rows. */
// prettier-ignore
export function depthwise8of3(a: usize, sy: usize, sx: usize, iy: usize, ix: usize, w: usize, bias: usize, scale: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, zero: f32, low: f32, high: f32, isUnsigned: i32): void {
  if (isUnsigned) depthwise3Of<Unsigned, Stride1>(a, sy, sx, iy, ix, w, bias, scale, o, oy, ox, rows, cols, n, zero, low, high);
  else depthwise3Of<Signed, Stride1>(a, sy, sx, iy, ix, w, bias, scale, o, oy, ox, rows, cols, n, zero, low, high);
}

// prettier-ignore
export function depthwise8of3Stride2(a: usize, sy: usize, sx: usize, iy: usize, ix: usize, w: usize, bias: usize, scale: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, zero: f32, low: f32, high: f32, isUnsigned: i32): void {
  if (isUnsigned) depthwise3Of<Unsigned, Stride2>(a, sy, sx, iy, ix, w, bias, scale, o, oy, ox, rows, cols, n, zero, low, high);
  else depthwise3Of<Signed, Stride2>(a, sy, sx, iy, ix, w, bias, scale, o, oy, ox, rows, cols, n, zero, low, high);
}
