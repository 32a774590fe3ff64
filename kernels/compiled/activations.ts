/** Activations, which kernels apply to what they have computed. `src/engine/compile/activation.ts` has the same numbers. */
import { atLeast, atMost, exp, expOf, log, madd, sigmoid, storeLanes, tanh } from './vectors';

/** The activation with the number `kind` of four numbers. */
export function activate(x: v128, kind: i32, alpha: f32, beta: f32): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  switch (kind) {
    case 1:
      return atLeast(x, zero);
    case 2:
      return atMost(atLeast(x, f32x4.splat(alpha)), f32x4.splat(beta));
    case 3:
      return leakyRelu(x, alpha);
    case 4:
      return sigmoid(x);
    case 5:
      return hardSigmoid(x, alpha, beta);
    case 6:
      return hardSwish(x, alpha, beta);
    case 7:
      return f32x4.mul(x, sigmoid(f32x4.mul(x, f32x4.splat(alpha))));
    case 8:
      return tanh(x);
    case 9: // Elu, Selu, Celu: beta × (x, or alpha × (eˣ - 1))
      return f32x4.mul(
        f32x4.splat(beta),
        v128.bitselect(f32x4.mul(f32x4.splat(alpha), expMinusOne(x)), x, f32x4.lt(x, zero)),
      );
    case 10:
      return softplus(x);
    case 11:
      return f32x4.mul(x, tanh(softplus(x)));
    case 12:
      return f32x4.div(x, f32x4.add(one, f32x4.abs(x)));
    case 13:
      return erf(x);
    case 14: // Gelu
      return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), f32x4.add(one, erf(f32x4.mul(x, f32x4.splat(0.70710678)))));
    case 15: // Gelu by tanh
      return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), f32x4.add(one, tanh(geluArgument(x))));
  }
  return x;
}

export function hardSwish(x: v128, alpha: f32, beta: f32): v128 {
  return f32x4.mul(x, hardSigmoid(x, alpha, beta));
}

function leakyRelu(x: v128, alpha: f32): v128 {
  return v128.bitselect(f32x4.mul(x, f32x4.splat(alpha)), x, f32x4.lt(x, f32x4.splat(0)));
}

function hardSigmoid(x: v128, alpha: f32, beta: f32): v128 {
  return atLeast(atMost(madd(x, f32x4.splat(alpha), f32x4.splat(beta)), f32x4.splat(1)), f32x4.splat(0));
}

/** √(2 ÷ π) × (x + 0.044715 x³) */
function geluArgument(x: v128): v128 {
  const square = f32x4.mul(f32x4.mul(x, x), f32x4.splat(0.044715));
  return f32x4.mul(f32x4.mul(f32x4.splat(0.79788456), x), f32x4.add(f32x4.splat(1), square));
}

/** The error function, by N. Juffa's polynomials for small and large arguments. */
function erf(x: v128): v128 {
  const t = f32x4.abs(x);
  const s = f32x4.mul(x, x);
  let p = f32x4.splat(-5.96761703e-4);
  p = madd(p, s, f32x4.splat(4.99119423e-3));
  p = madd(p, s, f32x4.splat(-2.67681349e-2));
  p = madd(p, s, f32x4.splat(1.12819925e-1));
  p = madd(p, s, f32x4.splat(-3.76125336e-1));
  p = madd(p, s, f32x4.splat(1.28379166e-1));
  const near = madd(p, x, x);
  const bounded = atMost(t, f32x4.splat(4));
  const square = f32x4.mul(bounded, bounded);
  const even = madd(bounded, f32x4.splat(-1.7285347e-5), f32x4.splat(3.83197126e-4));
  const odd = madd(bounded, f32x4.splat(-3.88396438e-3), f32x4.splat(2.42546219e-2));
  let q = madd(even, square, odd);
  q = madd(q, bounded, f32x4.splat(-1.06777877e-1));
  q = madd(q, bounded, f32x4.splat(-6.34846687e-1));
  q = madd(q, bounded, f32x4.splat(-1.28717512e-1));
  q = f32x4.sub(f32x4.mul(q, bounded), bounded);
  const far = v128.bitselect(x, f32x4.sub(f32x4.splat(1), exp(q)), f32x4.splat(-0.0));
  return v128.bitselect(far, near, f32x4.gt(t, f32x4.splat(0.927734375)));
}

/** eˣ - 1; near 0 by tanh(x ÷ 2), which loses no digits there. */
function expMinusOne(x: v128): v128 {
  const t = tanh(f32x4.mul(x, f32x4.splat(0.5)));
  const small = f32x4.div(f32x4.add(t, t), f32x4.sub(f32x4.splat(1), t));
  const large = f32x4.sub(exp(x), f32x4.splat(1));
  return v128.bitselect(small, large, f32x4.lt(f32x4.abs(x), f32x4.splat(1)));
}

function softplus(x: v128): v128 {
  let y = f32x4.splat(softplusOf(f32x4.extract_lane(x, 0)));
  y = f32x4.replace_lane(y, 1, softplusOf(f32x4.extract_lane(x, 1)));
  y = f32x4.replace_lane(y, 2, softplusOf(f32x4.extract_lane(x, 2)));
  return f32x4.replace_lane(y, 3, softplusOf(f32x4.extract_lane(x, 3)));
}

/** ln(1 + eˣ). For small eˣ the sum would lose its digits. */
function softplusOf(x: f32): f32 {
  if (x > 20) return x;
  const e = expOf(x);
  return e < 1e-4 ? f32(e - e * e * 0.5) : f32(log(f32(1 + e)));
}

class HardSwish {}
class Clip {}
class LeakyRelu {}
class Other {}

function finishOf<Kind>(o: usize, oy: usize, rows: i32, n: i32, kind: i32, alpha: f32, beta: f32): void {
  for (; rows > 0; rows--, o += oy) {
    for (let c = 0; c < n; c += 4) {
      const to = o + ((<usize>c) << 2);
      const x = v128.load(to);
      if (idof<Kind>() === idof<HardSwish>()) v128.store(to, hardSwish(x, alpha, beta));
      else if (idof<Kind>() === idof<Clip>()) v128.store(to, atMost(atLeast(x, f32x4.splat(alpha)), f32x4.splat(beta)));
      else if (idof<Kind>() === idof<LeakyRelu>()) v128.store(to, leakyRelu(x, alpha));
      else v128.store(to, activate(x, kind, alpha, beta));
    }
  }
}

/** Applies an activation in place to `rows` rows of `n` numbers. Those that cost little have loops of their own. */
export function finish(o: usize, oy: usize, rows: i32, n: i32, kind: i32, alpha: f32, beta: f32): void {
  if (kind === 6) finishOf<HardSwish>(o, oy, rows, n, kind, alpha, beta);
  else if (kind === 2) finishOf<Clip>(o, oy, rows, n, kind, alpha, beta);
  else if (kind === 3) finishOf<LeakyRelu>(o, oy, rows, n, kind, alpha, beta);
  else finishOf<Other>(o, oy, rows, n, kind, alpha, beta);
}

/** o = activation(a) */
// prettier-ignore
export function apply(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, kind: i32, alpha: f32, beta: f32): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    for (let c = 0; c < n; c += 4) storeLanes(o + (<usize>c << 2), activate(v128.load(a + (<usize>c << 2)), kind, alpha, beta), n - c);
  }
}
