/** Reductions and normalizations of rows of contiguous numbers. */
import { expOf, log, storeLanes } from './vectors';

function sumOf(lanes: v128): f32 {
  return (
    f32x4.extract_lane(lanes, 0) +
    f32x4.extract_lane(lanes, 1) +
    (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
  );
}

/** The sum of a row (`power` 1), of its sizes (0) or of its squares (2) less `mean`. */
function total(a: usize, n: i32, power: i32, mean: f32): f32 {
  const means = f32x4.splat(mean);
  let sums = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4, a += 16) {
    const x = f32x4.sub(v128.load(a), means);
    sums = f32x4.add(sums, power === 2 ? f32x4.mul(x, x) : power === 1 ? x : f32x4.abs(x));
  }
  let sum = sumOf(sums);
  for (; i < n; i++, a += 4) {
    const x = load<f32>(a) - mean;
    sum += power === 2 ? x * x : power === 1 ? x : abs(x);
  }
  return sum;
}

function extreme(a: usize, n: i32, isLeast: bool): f32 {
  let value = load<f32>(a);
  for (let i = 1; i < n; i++) {
    const x = load<f32>(a + ((<usize>i) << 2));
    value = isLeast ? min(value, x) : max(value, x);
  }
  return value;
}

/** ln(Σ eˣ), shifted by the largest number. */
function logSumExp(a: usize, n: i32): f32 {
  const highest = extreme(a, n, false);
  const shift = abs(highest) === Infinity ? <f32>0 : highest;
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) sum += expOf(f64(load<f32>(a + ((<usize>i) << 2))) - f64(shift));
  return f32(log(f32(sum)) + f64(shift));
}

function product(a: usize, n: i32): f32 {
  let value: f32 = 1;
  for (let i = 0; i < n; i++) value *= load<f32>(a + ((<usize>i) << 2));
  return value;
}

/** One number for each row of `n`: `kind` as in `src/engine/compile/operators/reduction.ts`. */
export function reduce(a: usize, o: usize, rows: i32, n: i32, kind: i32): void {
  const bytes = (<usize>n) << 2;
  for (; rows > 0; rows--, a += bytes, o += 4) {
    let y: f32 = 0;
    switch (kind) {
      case 0:
        y = total(a, n, 1, 0);
        break;
      case 1:
        y = total(a, n, 1, 0) / f32(n);
        break;
      case 2:
        y = extreme(a, n, false);
        break;
      case 3:
        y = extreme(a, n, true);
        break;
      case 4:
        y = product(a, n);
        break;
      case 5:
        y = total(a, n, 2, 0);
        break;
      case 6:
        y = total(a, n, 0, 0);
        break;
      case 7:
        y = sqrt(total(a, n, 2, 0));
        break;
      case 8:
        y = f32(log(total(a, n, 1, 0)));
        break;
      case 9:
        y = logSumExp(a, n);
        break;
    }
    store<f32>(o, y);
  }
}

/** The place of the largest (`isLeast` 0) or smallest number of each row, the first of equal ones or the last. */
export function place(a: usize, o: usize, rows: i32, n: i32, isLeast: i32, isLast: i32): void {
  for (; rows > 0; rows--, o += 8) {
    let best = load<f32>(a);
    let at: i64 = 0;
    a += 4;
    for (let i = 1; i < n; i++, a += 4) {
      const x = load<f32>(a);
      if ((isLeast ? x < best : x > best) || (isLast && x === best)) {
        best = x;
        at = i;
      }
    }
    store<i64>(o, at);
  }
}

/**
 * (x - mean) ÷ √(variance + epsilon) × scale + bias. Each column has a scale and a bias if `period` is 0; otherwise each row has, the same ones
 * after `period` rows. `hasMean` 0 leaves the mean where it is and divides by the root of the mean square.
 */
// prettier-ignore
export function normalize(a: usize, o: usize, rows: i32, n: i32, scale: usize, bias: usize, period: i32, hasMean: i32, epsilon: f32): void {
  const bytes = <usize>n << 2;
  for (let row = 0; row < rows; row++, a += bytes, o += bytes) {
    let mean: f32 = hasMean ? total(a, n, 1, 0) / f32(n) : 0;
    // What rounding left: equal numbers have a variance of 0, and a small epsilon would magnify the rest.
    if (hasMean) mean += total(a, n, 1, mean) / f32(n);
    const inverse = f32(1 / Math.sqrt(f64(total(a, n, 2, mean) / f32(n)) + f64(epsilon)));
    const means = f32x4.splat(mean);
    const own = period ? <usize>(row % period) << 2 : 0;
    const factors = f32x4.splat(period ? inverse * load<f32>(scale + own) : inverse);
    const shifts = v128.load32_splat(bias + own);
    for (let c = 0; c < n; c += 4) {
      const at = <usize>c << 2;
      let y = f32x4.mul(f32x4.sub(v128.load(a + at), means), factors);
      y = period ? f32x4.add(y, shifts) : f32x4.add(f32x4.mul(y, v128.load(scale + at)), v128.load(bias + at));
      storeLanes(o + at, y, n - c);
    }
  }
}
