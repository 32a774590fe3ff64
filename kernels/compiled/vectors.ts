/** Vector arithmetic of the kernels of compiled models. Addresses, strides and steps are in bytes. */

/** a × b + c: rounded once with relaxed SIMD where the processor can, otherwise twice. */
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
}

/** The larger lanes; a NaN of `x` stays, and `x` stays where both are equal. */
export function atLeast(x: v128, low: v128): v128 {
  return f32x4.pmax(x, low);
}

export function atMost(x: v128, high: v128): v128 {
  return f32x4.pmin(x, high);
}

/** Stores the first `lanes` lanes of four. */
export function storeLanes(to: usize, value: v128, lanes: i32): void {
  if (lanes >= 4) v128.store(to, value);
  else storeSome(to, value, lanes);
}

export function storeSome(to: usize, value: v128, lanes: i32): void {
  v128.store_lane<u32>(to, value, 0);
  if (lanes > 1) v128.store_lane<u32>(to, value, 1, 4);
  if (lanes > 2) v128.store_lane<u32>(to, value, 2, 8);
}

/** Powers of e: 2ⁿ times a polynomial, in two factors so that results may be subnormal. */
export function exp(x: v128): v128 {
  x = atLeast(atMost(x, f32x4.splat(89)), f32x4.splat(-104));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(0.5));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** 1 ÷ (1 + e⁻ˣ): small results keep their digits as well. */
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/** Rational approximation of tanh, as in Eigen. */
export function tanh(x: v128): v128 {
  const bounded = atLeast(atMost(x, f32x4.splat(7.90531110763549805)), f32x4.splat(-7.90531110763549805));
  const s = f32x4.mul(bounded, bounded);
  let p = f32x4.splat(-2.76076847742355e-16);
  p = madd(p, s, f32x4.splat(2.00018790482477e-13));
  p = madd(p, s, f32x4.splat(-8.60467152213735e-11));
  p = madd(p, s, f32x4.splat(5.12229709037114e-8));
  p = madd(p, s, f32x4.splat(1.48572235717979e-5));
  p = madd(p, s, f32x4.splat(6.37261928875436e-4));
  p = madd(p, s, f32x4.splat(4.89352455891786e-3));
  let q = f32x4.splat(1.19825839466702e-6);
  q = madd(q, s, f32x4.splat(1.18534705686654e-4));
  q = madd(q, s, f32x4.splat(2.268434632439e-3));
  q = madd(q, s, f32x4.splat(4.89352518554385e-3));
  const large = f32x4.div(f32x4.mul(bounded, p), q);
  return v128.bitselect(x, large, f32x4.lt(f32x4.abs(x), f32x4.splat(4e-4)));
}

/** Natural logarithm of one number, computed in float64. */
export function log(x: f32): f64 {
  if (x < 0 || x !== x) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return Infinity;
  const bits = reinterpret<u64>(f64(x));
  let exponent = f64(i32((bits >> 52) & 2047) - 1023);
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  const t = (m - 1) / (m + 1);
  const s = t * t;
  const series =
    1 + s * (1 / 3.0 + s * (0.2 + s * (1 / 7.0 + s * (1 / 9.0 + s * (1 / 11.0 + s * (1 / 13.0 + s / 15.0))))));
  return 2 * t * series + exponent * 0.6931471805599453;
}

/** eˣ of one number, computed in float64 to the precision of float32. */
export function expOf(x: f64): f64 {
  if (x !== x) return x;
  if (x > 89) return Infinity;
  if (x < -104) return 0;
  const n = Math.floor(x * 1.4426950408889634 + 0.5);
  const r = x - n * 0.6931471805599453;
  const series =
    1 +
    r *
      (1 +
        r *
          (0.5 +
            r *
              (1 / 6.0 +
                r *
                  (1 / 24.0 +
                    r * (1 / 120.0 + r * (1 / 720.0 + r * (1 / 5040.0 + r * (1 / 40320.0 + r / 362880.0))))))));
  return series * reinterpret<f64>(u64(i64(n) + 1023) << 52);
}
