/**
 * Values of any type, one at a time: comparisons, integers, conversions, choices and rows by index. Strides are in bytes. Types are numbered as in
 * `src/engine/compile/operators/typed.ts`: 0 float32, 1 int32, 2 int64, 3 int8, 4 uint8, 5 bool.
 */

function whole(at: usize, type: i32): i64 {
  switch (type) {
    case 0:
      return i64(load<f32>(at));
    case 1:
      return <i64>load<i32>(at);
    case 2:
      return load<i64>(at);
    case 3:
      return <i64>load<i8>(at);
  }
  return <i64>load<u8>(at);
}

function put(at: usize, value: i64, type: i32): void {
  switch (type) {
    case 0:
      store<f32>(at, f32(value));
      return;
    case 1:
      store<i32>(at, <i32>value);
      return;
    case 2:
      store<i64>(at, value);
      return;
    case 5:
      store<u8>(at, <u8>(value !== 0));
      return;
  }
  store<u8>(at, <u8>value);
}

function compareReals(x: f32, y: f32, kind: i32): i64 {
  return <i64>(kind === 16 ? x === y : kind === 17 ? x < y : x <= y);
}

function combine(x: i64, y: i64, kind: i32): i64 {
  switch (kind) {
    case 0:
      return x + y;
    case 1:
      return x - y;
    case 2:
      return x * y;
    case 3:
      return y === 0 ? 0 : x / y;
    case 4:
      return max(x, y);
    case 5:
      return min(x, y);
    case 6: {
      // the sign of the divisor
      const rest = y === 0 ? 0 : x % y;
      return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
    }
    case 7:
      return y === 0 ? 0 : x % y;
    case 8:
      return x & y;
    case 9:
      return x | y;
    case 10:
      return x ^ y;
    case 11:
      return abs(x);
    case 16:
      return <i64>(x === y);
    case 17:
      return <i64>(x < y);
  }
  return <i64>(x <= y);
}

/** Combines values of one type; kinds from 16 on are comparisons, which float32 has as well. */
// prettier-ignore
export function combineValues(a: usize, ay: usize, ax: usize, b: usize, by: usize, bx: usize, o: usize, oy: usize, ox: usize, rows: i32, n: i32, kind: i32, type: i32, to: i32): void {
  for (; rows > 0; rows--, a += ay, b += by, o += oy) {
    let p = a, q = b, r = o;
    for (let i = n; i > 0; i--, p += ax, q += bx, r += ox) {
      put(r, type === 0 ? compareReals(load<f32>(p), load<f32>(q), kind) : combine(whole(p, type), whole(q, type), kind), to);
    }
  }
}

/** Converts values to another type. */
// prettier-ignore
export function convert(a: usize, ay: usize, ax: usize, o: usize, oy: usize, ox: usize, rows: i32, n: i32, from: i32, to: i32): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    let p = a, r = o;
    for (let i = n; i > 0; i--, p += ax, r += ox) {
      if (from === 0 && to === 5) store<u8>(r, <u8>(load<f32>(p) !== 0));
      else put(r, whole(p, from), to);
    }
  }
}

/** True where numbers are NaN (`kind` 0) or infinite (1: any, 2: positive, 3: negative). */
// prettier-ignore
export function isSpecial(a: usize, ay: usize, ax: usize, o: usize, oy: usize, ox: usize, rows: i32, n: i32, kind: i32): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    let p = a, r = o;
    for (let i = n; i > 0; i--, p += ax, r += ox) {
      const x = load<f32>(p);
      store<u8>(r, <u8>(kind === 0 ? x !== x : (kind < 3 && x === Infinity) || (kind !== 2 && x === -Infinity)));
    }
  }
}

/** Chooses between two values of `bytes` bytes each. */
// prettier-ignore
export function choose(c: usize, cy: usize, cx: usize, a: usize, ay: usize, ax: usize, b: usize, by: usize, bx: usize, o: usize, oy: usize, ox: usize, rows: i32, n: i32, bytes: i32): void {
  for (; rows > 0; rows--, c += cy, a += ay, b += by, o += oy) {
    let s = c, p = a, q = b, r = o;
    for (let i = n; i > 0; i--, s += cx, p += ax, q += bx, r += ox) {
      const from = load<u8>(s) ? p : q;
      if (bytes === 4) store<u32>(r, load<u32>(from));
      else if (bytes === 8) store<u64>(r, load<u64>(from));
      else store<u8>(r, load<u8>(from));
    }
  }
}

/** Copies `count` rows of `bytes` bytes out of `size` rows, by their index; negative ones count from the end. */
// prettier-ignore
export function gather(a: usize, o: usize, indices: usize, type: i32, count: i32, bytes: usize, size: i32): void {
  const step: usize = type === 2 ? 8 : 4;
  for (; count > 0; count--, indices += step, o += bytes) {
    let at = whole(indices, type);
    if (at < 0) at += <i64>size;
    // The specification leaves other indices open; nothing outside of the value is read.
    at = max(min(at, <i64>(size - 1)), 0);
    memory.copy(o, a + <usize>at * bytes, bytes);
  }
}
