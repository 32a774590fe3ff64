/** Copies, fills and rows that are read whole. Strides are in bytes. */
import { expOf, exp, log, storeLanes } from './vectors';

/** Copies `rows` rows of `n` numbers of 4 bytes. */
// prettier-ignore
export function copy(a: usize, ay: usize, ax: usize, o: usize, oy: usize, ox: usize, rows: i32, n: i32): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    if (ax === 4 && ox === 4) {
      memory.copy(o, a, <usize>n << 2);
      continue;
    }
    let from = a;
    let to = o;
    for (let i = n; i > 0; i--, from += ax, to += ox) store<u32>(to, load<u32>(from));
  }
}

/** Copies `rows` rows of `n` bytes. */
// prettier-ignore
export function copyBytes(a: usize, ay: usize, ax: usize, o: usize, oy: usize, ox: usize, rows: i32, n: i32): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    let from = a;
    let to = o;
    for (let i = n; i > 0; i--, from += ax, to += ox) store<u8>(to, load<u8>(from));
  }
}

/** Copies `rows` rows of `n` numbers of 8 bytes. */
// prettier-ignore
export function copyWide(a: usize, ay: usize, ax: usize, o: usize, oy: usize, ox: usize, rows: i32, n: i32): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    let from = a;
    let to = o;
    for (let i = n; i > 0; i--, from += ax, to += ox) store<u64>(to, load<u64>(from));
  }
}

/** Writes one number to `rows` rows of `n`. */
export function fill(o: usize, oy: usize, ox: usize, rows: i32, n: i32, value: f32): void {
  const values = f32x4.splat(value);
  for (; rows > 0; rows--, o += oy) {
    if (ox === 4) {
      for (let c = 0; c < n; c += 4) storeLanes(o + ((<usize>c) << 2), values, n - c);
      continue;
    }
    let to = o;
    for (let i = n; i > 0; i--, to += ox) store<f32>(to, value);
  }
}

/** Writes one byte to `rows` rows of `n`. */
export function fillBytes(o: usize, oy: usize, ox: usize, rows: i32, n: i32, value: f32): void {
  const byte = <i8>i32(value);
  const bytes = i8x16.splat(byte);
  for (; rows > 0; rows--, o += oy) {
    let to = o;
    let left = n;
    if (ox === 1) for (; left >= 16; left -= 16, to += 16) v128.store(to, bytes);
    for (; left > 0; left--, to += ox) store<i8>(to, byte);
  }
}

/** Softmax of `rows` rows of `n` contiguous numbers, or its logarithm. */
export function softmax(a: usize, o: usize, rows: i32, n: i32, isLog: i32): void {
  const bytes = (<usize>n) << 2;
  const whole = n & ~3;
  for (; rows > 0; rows--, a += bytes, o += bytes) {
    let highest = load<f32>(a);
    for (let i = 1; i < n; i++) highest = max(highest, load<f32>(a + ((<usize>i) << 2)));
    let sum: f32 = 0;
    if (isLog) {
      let total: f64 = 0;
      for (let i = 0; i < n; i++) total += expOf(f64(load<f32>(a + ((<usize>i) << 2))) - f64(highest));
      const shift = f64(highest) + log(f32(total));
      for (let i = 0; i < n; i++) store<f32>(o + ((<usize>i) << 2), f32(f64(load<f32>(a + ((<usize>i) << 2))) - shift));
      continue;
    }
    const least = f32x4.splat(highest);
    let sums = f32x4.splat(0);
    for (let i = 0; i < n; i += 4) {
      const at = (<usize>i) << 2;
      const e = exp(f32x4.sub(v128.load(a + at), least));
      if (i < whole) sums = f32x4.add(sums, e);
      storeLanes(o + at, e, n - i);
    }
    sum =
      f32x4.extract_lane(sums, 0) +
      f32x4.extract_lane(sums, 1) +
      f32x4.extract_lane(sums, 2) +
      f32x4.extract_lane(sums, 3);
    for (let i = whole; i < n; i++) sum += load<f32>(o + ((<usize>i) << 2));
    const total = f32x4.splat(sum);
    for (let i = 0; i < n; i += 4)
      storeLanes(o + ((<usize>i) << 2), f32x4.div(v128.load(o + ((<usize>i) << 2)), total), n - i);
  }
}
