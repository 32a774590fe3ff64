/** Depthwise convolution: four channels of four pixels at a time, with the weights of a row in registers. Strides are in bytes. */
import { activate, hardSwish } from './activations';
import { madd, storeLanes } from './vectors';

// prettier-ignore
function dot3(v0: v128, v1: v128, v2: v128, w0: v128, w1: v128, w2: v128, sum: v128): v128 {
  return madd(v2, w2, madd(v1, w1, madd(v0, w0, sum)));
}

// prettier-ignore
function put(o: usize, sum: v128, lanes: i32, act: i32, alpha: f32, beta: f32): void {
  if (act === 1) sum = f32x4.pmax(sum, f32x4.splat(0));
  else if (act === 6) sum = hardSwish(sum, alpha, beta);
  else if (act > 1) sum = activate(sum, act, alpha, beta);
  storeLanes(o, sum, lanes);
}

class Any {}
class Stride1 {}
class Stride2 {}

function isOne<Stride>(): bool {
  return idof<Stride>() === idof<Stride1>();
}

/** Four neighboring pixels of 3 × 3 kernels, `Stride` apart. */
// prettier-ignore
function four3<Stride>(a: usize, iy: usize, ix: usize, w: usize, sum: v128, o: usize, ox: usize, lanes: i32, act: i32, alpha: f32, beta: f32): void {
  let s0 = sum, s1 = sum, s2 = sum, s3 = sum;
  for (let y = 0; y < 3; y++, a += iy, w += 48) {
    const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32);
    const v0 = v128.load(a), v1 = v128.load(a + ix), v2 = v128.load(a + 2 * ix), v3 = v128.load(a + 3 * ix), v4 = v128.load(a + 4 * ix), v5 = v128.load(a + 5 * ix);
    s0 = dot3(v0, v1, v2, w0, w1, w2, s0);
    if (isOne<Stride>()) {
      s1 = dot3(v1, v2, v3, w0, w1, w2, s1);
      s2 = dot3(v2, v3, v4, w0, w1, w2, s2);
      s3 = dot3(v3, v4, v5, w0, w1, w2, s3);
    } else {
      const v6 = v128.load(a + 6 * ix), v7 = v128.load(a + 7 * ix), v8 = v128.load(a + 8 * ix);
      s1 = dot3(v2, v3, v4, w0, w1, w2, s1);
      s2 = dot3(v4, v5, v6, w0, w1, w2, s2);
      s3 = dot3(v6, v7, v8, w0, w1, w2, s3);
    }
  }
  put(o, s0, lanes, act, alpha, beta);
  put(o + ox, s1, lanes, act, alpha, beta);
  put(o + 2 * ox, s2, lanes, act, alpha, beta);
  put(o + 3 * ox, s3, lanes, act, alpha, beta);
}

function dot5(v0: v128, v1: v128, v2: v128, v3: v128, v4: v128, w: usize, sum: v128): v128 {
  sum = madd(v1, v128.load(w, 16), madd(v0, v128.load(w), sum));
  return madd(v4, v128.load(w, 64), madd(v3, v128.load(w, 48), madd(v2, v128.load(w, 32), sum)));
}

/** Four neighboring pixels of 5 × 5 kernels, `Stride` apart. */
// prettier-ignore
function four5<Stride>(a: usize, iy: usize, ix: usize, w: usize, sum: v128, o: usize, ox: usize, lanes: i32, act: i32, alpha: f32, beta: f32): void {
  let s0 = sum, s1 = sum, s2 = sum, s3 = sum;
  for (let y = 0; y < 5; y++, a += iy, w += 80) {
    const b = a + 4 * ix;
    const v0 = v128.load(a), v1 = v128.load(a + ix), v2 = v128.load(a + 2 * ix), v3 = v128.load(a + 3 * ix), v4 = v128.load(b);
    s0 = dot5(v0, v1, v2, v3, v4, w, s0);
    const v5 = v128.load(b + ix), v6 = v128.load(b + 2 * ix), v7 = v128.load(b + 3 * ix);
    if (isOne<Stride>()) {
      s1 = dot5(v1, v2, v3, v4, v5, w, s1);
      s2 = dot5(v2, v3, v4, v5, v6, w, s2);
      s3 = dot5(v3, v4, v5, v6, v7, w, s3);
    } else {
      const v8 = v128.load(b + 4 * ix), v9 = v128.load(b + 5 * ix), v10 = v128.load(b + 6 * ix);
      s1 = dot5(v2, v3, v4, v5, v6, w, s1);
      s2 = dot5(v4, v5, v6, v7, v8, w, s2);
      s3 = dot5(v6, v7, v8, v9, v10, w, s3);
    }
  }
  put(o, s0, lanes, act, alpha, beta);
  put(o + ox, s1, lanes, act, alpha, beta);
  put(o + 2 * ox, s2, lanes, act, alpha, beta);
  put(o + 3 * ox, s3, lanes, act, alpha, beta);
}

/** Four neighboring pixels of kernels with any number of taps; `sx` lies between the inputs of two pixels. */
// prettier-ignore
function fourAny(kh: i32, kw: i32, a: usize, iy: usize, ix: usize, sx: usize, w: usize, sum: v128, o: usize, ox: usize, lanes: i32, act: i32, alpha: f32, beta: f32): void {
  let s0 = sum, s1 = sum, s2 = sum, s3 = sum;
  for (; kh > 0; kh--, a += iy) {
    let p = a;
    for (let x = kw; x > 0; x--, p += ix, w += 16) {
      const weight = v128.load(w);
      s0 = madd(v128.load(p), weight, s0);
      s1 = madd(v128.load(p + sx), weight, s1);
      s2 = madd(v128.load(p + 2 * sx), weight, s2);
      s3 = madd(v128.load(p + 3 * sx), weight, s3);
    }
  }
  put(o, s0, lanes, act, alpha, beta);
  put(o + ox, s1, lanes, act, alpha, beta);
  put(o + 2 * ox, s2, lanes, act, alpha, beta);
  put(o + 3 * ox, s3, lanes, act, alpha, beta);
}

// prettier-ignore
function one(kh: i32, kw: i32, a: usize, iy: usize, ix: usize, w: usize, sum: v128, o: usize, lanes: i32, act: i32, alpha: f32, beta: f32): void {
  for (; kh > 0; kh--, a += iy) {
    let p = a;
    for (let x = kw; x > 0; x--, p += ix, w += 16) sum = madd(v128.load(p), v128.load(w), sum);
  }
  put(o, sum, lanes, act, alpha, beta);
}

class Three {}
class Five {}

/**
 * `Size` and `Stride` are those of square kernels without dilation, or `Any`. Weights are packed [n / 4][kh][kw][4]. `sy` and `sx` lie between
 * the inputs of neighboring outputs, `iy` and `ix` between taps. The last four pixels of a row overlap those before them.
 */
// prettier-ignore
function depthwiseOf<Size, Stride>(a: usize, sy: usize, sx: usize, kh: i32, kw: i32, iy: usize, ix: usize, w: usize, bias: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  const group = <usize>(kh * kw) << 4;
  for (; rows > 0; rows--, a += sy, o += oy) {
    for (let x = 0; x < cols; ) {
      const isNarrow = cols < 4;
      const at = isNarrow ? x : min(x, cols - 4);
      let from = a + <usize>at * sx;
      let to = o + <usize>at * ox;
      let weights = w;
      for (let c = 0; c < n; c += 4, from += 16, to += 16, weights += group) {
        const sum = v128.load(bias + (<usize>c << 2));
        if (isNarrow) one(kh, kw, from, iy, ix, weights, sum, to, n - c, act, alpha, beta);
        else if (idof<Size>() === idof<Three>()) four3<Stride>(from, iy, ix, weights, sum, to, ox, n - c, act, alpha, beta);
        else if (idof<Size>() === idof<Five>()) four5<Stride>(from, iy, ix, weights, sum, to, ox, n - c, act, alpha, beta);
        else fourAny(kh, kw, from, iy, ix, sx, weights, sum, to, ox, n - c, act, alpha, beta);
      }
      x += isNarrow ? 1 : 4;
    }
  }
}

// prettier-ignore
export function depthwise(a: usize, sy: usize, sx: usize, kh: i32, kw: i32, iy: usize, ix: usize, w: usize, bias: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  depthwiseOf<Any, Any>(a, sy, sx, kh, kw, iy, ix, w, bias, o, oy, ox, rows, cols, n, act, alpha, beta);
}

// prettier-ignore
export function depthwise3x3(a: usize, sy: usize, sx: usize, kh: i32, kw: i32, iy: usize, ix: usize, w: usize, bias: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  depthwiseOf<Three, Stride1>(a, sy, sx, kh, kw, iy, ix, w, bias, o, oy, ox, rows, cols, n, act, alpha, beta);
}

// prettier-ignore
export function depthwise3x3Stride2(a: usize, sy: usize, sx: usize, kh: i32, kw: i32, iy: usize, ix: usize, w: usize, bias: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  depthwiseOf<Three, Stride2>(a, sy, sx, kh, kw, iy, ix, w, bias, o, oy, ox, rows, cols, n, act, alpha, beta);
}

// prettier-ignore
export function depthwise5x5(a: usize, sy: usize, sx: usize, kh: i32, kw: i32, iy: usize, ix: usize, w: usize, bias: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  depthwiseOf<Five, Stride1>(a, sy, sx, kh, kw, iy, ix, w, bias, o, oy, ox, rows, cols, n, act, alpha, beta);
}

// prettier-ignore
export function depthwise5x5Stride2(a: usize, sy: usize, sx: usize, kh: i32, kw: i32, iy: usize, ix: usize, w: usize, bias: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  depthwiseOf<Five, Stride2>(a, sy, sx, kh, kw, iy, ix, w, bias, o, oy, ox, rows, cols, n, act, alpha, beta);
}
