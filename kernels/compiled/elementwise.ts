/** Arithmetic on rows of numbers. Strides are in bytes; an operand whose step is 0 has one number for each row. */
import { activate } from './activations';
import { expOf, log, storeLanes } from './vectors';

class Add {}
class Sub {}
class Mul {}
class Div {}
class Max {}
class Min {}
class Pow {}
class Prelu {}

// prettier-ignore
function combine<Operation>(a: v128, b: v128): v128 {
  if (idof<Operation>() === idof<Add>()) return f32x4.add(a, b);
  if (idof<Operation>() === idof<Sub>()) return f32x4.sub(a, b);
  if (idof<Operation>() === idof<Mul>()) return f32x4.mul(a, b);
  if (idof<Operation>() === idof<Div>()) return f32x4.div(a, b);
  if (idof<Operation>() === idof<Max>()) return f32x4.max(a, b);
  if (idof<Operation>() === idof<Min>()) return f32x4.min(a, b);
  if (idof<Operation>() === idof<Prelu>()) return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, f32x4.splat(0)));
  let y = f32x4.splat(powerOf(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)));
  y = f32x4.replace_lane(y, 1, powerOf(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)));
  y = f32x4.replace_lane(y, 2, powerOf(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)));
  return f32x4.replace_lane(y, 3, powerOf(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)));
}

/** As C's powf. */
function powerOf(x: f32, y: f32): f32 {
  if (y === 0 || x === 1) return 1;
  if (x !== x || y !== y) return NaN;
  const isWhole = Mathf.trunc(y) === y;
  const isOdd = isWhole && Mathf.abs(y) < 16777216 && (i32(y) & 1) === 1;
  const size = Mathf.abs(x);
  if (size === 1) return x < 0 && isOdd ? -1 : isWhole || x > 0 || Mathf.abs(y) === Infinity ? 1 : NaN;
  const isNegative = reinterpret<u32>(x) >> 31 === 1;
  if (isNegative && !isWhole && size !== 0 && size !== Infinity) return NaN;
  const result = f32(expOf(f64(y) * log(size)));
  return isNegative && isOdd ? -result : result;
}

// prettier-ignore
function binary<Operation>(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  for (; rows > 0; rows--, a += ay, b += by, o += oy) {
    const a0 = v128.load32_splat(a);
    const b0 = v128.load32_splat(b);
    for (let c = 0; c < n; c += 4) {
      const at = <usize>c << 2;
      let y = combine<Operation>(as ? v128.load(a + at) : a0, bs ? v128.load(b + at) : b0);
      if (act) y = activate(y, act, alpha, beta);
      storeLanes(o + at, y, n - c);
    }
  }
}

// prettier-ignore
export function add(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  binary<Add>(a, ay, as, b, by, bs, o, oy, rows, n, act, alpha, beta);
}

// prettier-ignore
export function sub(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  binary<Sub>(a, ay, as, b, by, bs, o, oy, rows, n, act, alpha, beta);
}

// prettier-ignore
export function mul(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  binary<Mul>(a, ay, as, b, by, bs, o, oy, rows, n, act, alpha, beta);
}

// prettier-ignore
export function div(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  binary<Div>(a, ay, as, b, by, bs, o, oy, rows, n, act, alpha, beta);
}

// prettier-ignore
export function maximum(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  binary<Max>(a, ay, as, b, by, bs, o, oy, rows, n, act, alpha, beta);
}

// prettier-ignore
export function minimum(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  binary<Min>(a, ay, as, b, by, bs, o, oy, rows, n, act, alpha, beta);
}

// prettier-ignore
export function power(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  binary<Pow>(a, ay, as, b, by, bs, o, oy, rows, n, act, alpha, beta);
}

// prettier-ignore
export function prelu(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32): void {
  binary<Prelu>(a, ay, as, b, by, bs, o, oy, rows, n, act, alpha, beta);
}

/** Functions of one number: `kind` as in `src/engine/compile/operators/elementwise.ts`. */
export function unary(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, kind: i32): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    for (let c = 0; c < n; c += 4) {
      const at = (<usize>c) << 2;
      const x = v128.load(a + at);
      let y = x;
      switch (kind) {
        case 0:
          y = f32x4.abs(x);
          break;
        case 1:
          y = f32x4.neg(x);
          break;
        case 2:
          y = f32x4.sqrt(x);
          break;
        case 3:
          y = f32x4.floor(x);
          break;
        case 4:
          y = f32x4.ceil(x);
          break;
        case 5:
          y = f32x4.nearest(x);
          break;
        case 6:
          y = f32x4.div(f32x4.splat(1), x);
          break;
        case 7:
          y = v128.bitselect(
            v128.bitselect(f32x4.splat(-1), x, f32x4.lt(x, f32x4.splat(0))),
            f32x4.splat(1),
            f32x4.le(x, f32x4.splat(0)),
          );
          y = v128.bitselect(y, x, f32x4.eq(x, x));
          break;
      }
      storeLanes(o + at, y, n - c);
    }
  }
}

/** eˣ (`isLog` 0) or the natural logarithm. */
export function expLog(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, isLog: i32): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    for (let c = 0; c < n; c++) {
      const x = load<f32>(a + ((<usize>c) << 2));
      store<f32>(o + ((<usize>c) << 2), f32(isLog ? log(x) : expOf(f64(x))));
    }
  }
}
