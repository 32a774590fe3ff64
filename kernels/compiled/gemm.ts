/** One product for everything dense: rows of inputs times packed panels of weights. Addresses, strides and steps are in bytes. */
import { finish } from './activations';
import { madd, storeSome } from './vectors';

/** Where a tile is computed before the columns that exist are copied: kernels own the first 1,024 bytes of the memory. */
const scratch: usize = 64;

/** The size of a tile as types, so that each size is a function of its own. */
class Rows1 {}
class Rows2 {}
class Rows3 {}
class Rows4 {}
class Rows5 {}
class Rows6 {}
class Columns4 {}
class Columns8 {}

function rowsOf<Rows>(): i32 {
  if (idof<Rows>() === idof<Rows1>()) return 1;
  if (idof<Rows>() === idof<Rows2>()) return 2;
  if (idof<Rows>() === idof<Rows3>()) return 3;
  if (idof<Rows>() === idof<Rows4>()) return 4;
  return idof<Rows>() === idof<Rows5>() ? 5 : 6;
}

function vectorsOf<Columns>(): i32 {
  return idof<Columns>() === idof<Columns8>() ? 2 : 1;
}

/** The dot product of `runsY` × `runsX` runs of `len` contiguous inputs for `Rows` pixels and `Columns` columns. */
// prettier-ignore
function tile<Rows, Columns>(a: usize, ax: usize, runsY: i32, stepY: usize, runsX: i32, stepX: usize, len: i32, w: usize, bias: usize, o: usize, ox: usize, r: usize, rx: usize, act: i32): void {
  const MR = rowsOf<Rows>();
  const NV = vectorsOf<Columns>();
  let c00 = v128.load(bias), c01 = NV > 1 ? v128.load(bias, 16) : c00, c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01, c40 = c00, c41 = c01, c50 = c00, c51 = c01;
  // Few rows have several sums each, because a sum waits for the one before.
  const none = f32x4.splat(0);
  if (MR === 1) { c10 = none; c11 = none; }
  if (MR <= 2) { c20 = none; c21 = none; }
  if (MR <= 3) { c30 = none; c31 = none; c40 = none; c41 = none; c50 = none; c51 = none; }
  for (let y = runsY; y > 0; y--, a += stepY) {
    let from = a;
    for (let x = runsX; x > 0; x--, from += stepX) {
      let p0 = from, p1 = p0 + ax, p2 = p1 + ax, p3 = p2 + ax, p4 = p3 + ax, p5 = p4 + ax;
      let k = len;
      // The engine reads all weights of a block first, for which the registers do not suffice if large tiles fill them.
      if (!ASC_FEATURE_RELAXED_SIMD || MR * NV < 8) for (; k >= 4; k -= 4) {
        {
          const b0 = NV > 1 ? v128.load(w, 0) : v128.load(w, 0), b1 = NV > 1 ? v128.load(w, 16) : b0;
          let v = v128.load32_splat(p0, 0);
          c00 = madd(v, b0, c00); if (NV > 1) c01 = madd(v, b1, c01);
          if (MR > 1) { v = v128.load32_splat(p1, 0); c10 = madd(v, b0, c10); if (NV > 1) c11 = madd(v, b1, c11); }
          if (MR > 2) { v = v128.load32_splat(p2, 0); c20 = madd(v, b0, c20); if (NV > 1) c21 = madd(v, b1, c21); }
          if (MR > 3) { v = v128.load32_splat(p3, 0); c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); }
          if (MR > 4) { v = v128.load32_splat(p4, 0); c40 = madd(v, b0, c40); if (NV > 1) c41 = madd(v, b1, c41); }
          if (MR > 5) { v = v128.load32_splat(p5, 0); c50 = madd(v, b0, c50); if (NV > 1) c51 = madd(v, b1, c51); }
        }
        {
          const b0 = NV > 1 ? v128.load(w, 32) : v128.load(w, 16), b1 = NV > 1 ? v128.load(w, 48) : b0;
          let v = v128.load32_splat(p0, 4);
          if (MR === 1) { c10 = madd(v, b0, c10); if (NV > 1) c11 = madd(v, b1, c11); } else if (MR === 2) { c20 = madd(v, b0, c20); if (NV > 1) c21 = madd(v, b1, c21); } else if (MR === 3) { c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); } else { c00 = madd(v, b0, c00); if (NV > 1) c01 = madd(v, b1, c01); }
          if (MR > 1) { v = v128.load32_splat(p1, 4); if (MR === 2) { c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); } else if (MR === 3) { c40 = madd(v, b0, c40); if (NV > 1) c41 = madd(v, b1, c41); } else { c10 = madd(v, b0, c10); if (NV > 1) c11 = madd(v, b1, c11); } }
          if (MR > 2) { v = v128.load32_splat(p2, 4); if (MR === 3) { c50 = madd(v, b0, c50); if (NV > 1) c51 = madd(v, b1, c51); } else { c20 = madd(v, b0, c20); if (NV > 1) c21 = madd(v, b1, c21); } }
          if (MR > 3) { v = v128.load32_splat(p3, 4); c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); }
          if (MR > 4) { v = v128.load32_splat(p4, 4); c40 = madd(v, b0, c40); if (NV > 1) c41 = madd(v, b1, c41); }
          if (MR > 5) { v = v128.load32_splat(p5, 4); c50 = madd(v, b0, c50); if (NV > 1) c51 = madd(v, b1, c51); }
        }
        {
          const b0 = NV > 1 ? v128.load(w, 64) : v128.load(w, 32), b1 = NV > 1 ? v128.load(w, 80) : b0;
          let v = v128.load32_splat(p0, 8);
          if (MR === 1) { c20 = madd(v, b0, c20); if (NV > 1) c21 = madd(v, b1, c21); } else { c00 = madd(v, b0, c00); if (NV > 1) c01 = madd(v, b1, c01); }
          if (MR > 1) { v = v128.load32_splat(p1, 8); c10 = madd(v, b0, c10); if (NV > 1) c11 = madd(v, b1, c11); }
          if (MR > 2) { v = v128.load32_splat(p2, 8); c20 = madd(v, b0, c20); if (NV > 1) c21 = madd(v, b1, c21); }
          if (MR > 3) { v = v128.load32_splat(p3, 8); c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); }
          if (MR > 4) { v = v128.load32_splat(p4, 8); c40 = madd(v, b0, c40); if (NV > 1) c41 = madd(v, b1, c41); }
          if (MR > 5) { v = v128.load32_splat(p5, 8); c50 = madd(v, b0, c50); if (NV > 1) c51 = madd(v, b1, c51); }
        }
        {
          const b0 = NV > 1 ? v128.load(w, 96) : v128.load(w, 48), b1 = NV > 1 ? v128.load(w, 112) : b0;
          let v = v128.load32_splat(p0, 12);
          if (MR === 1) { c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); } else if (MR === 2) { c20 = madd(v, b0, c20); if (NV > 1) c21 = madd(v, b1, c21); } else if (MR === 3) { c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); } else { c00 = madd(v, b0, c00); if (NV > 1) c01 = madd(v, b1, c01); }
          if (MR > 1) { v = v128.load32_splat(p1, 12); if (MR === 2) { c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); } else if (MR === 3) { c40 = madd(v, b0, c40); if (NV > 1) c41 = madd(v, b1, c41); } else { c10 = madd(v, b0, c10); if (NV > 1) c11 = madd(v, b1, c11); } }
          if (MR > 2) { v = v128.load32_splat(p2, 12); if (MR === 3) { c50 = madd(v, b0, c50); if (NV > 1) c51 = madd(v, b1, c51); } else { c20 = madd(v, b0, c20); if (NV > 1) c21 = madd(v, b1, c21); } }
          if (MR > 3) { v = v128.load32_splat(p3, 12); c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); }
          if (MR > 4) { v = v128.load32_splat(p4, 12); c40 = madd(v, b0, c40); if (NV > 1) c41 = madd(v, b1, c41); }
          if (MR > 5) { v = v128.load32_splat(p5, 12); c50 = madd(v, b0, c50); if (NV > 1) c51 = madd(v, b1, c51); }
        }
        w += 64 * NV;
        p0 += 16; p1 += 16; p2 += 16; p3 += 16; p4 += 16; p5 += 16;
      }
      for (; k > 0; k--) {
        {
          const b0 = NV > 1 ? v128.load(w, 0) : v128.load(w, 0), b1 = NV > 1 ? v128.load(w, 16) : b0;
          let v = v128.load32_splat(p0, 0);
          c00 = madd(v, b0, c00); if (NV > 1) c01 = madd(v, b1, c01);
          if (MR > 1) { v = v128.load32_splat(p1, 0); c10 = madd(v, b0, c10); if (NV > 1) c11 = madd(v, b1, c11); }
          if (MR > 2) { v = v128.load32_splat(p2, 0); c20 = madd(v, b0, c20); if (NV > 1) c21 = madd(v, b1, c21); }
          if (MR > 3) { v = v128.load32_splat(p3, 0); c30 = madd(v, b0, c30); if (NV > 1) c31 = madd(v, b1, c31); }
          if (MR > 4) { v = v128.load32_splat(p4, 0); c40 = madd(v, b0, c40); if (NV > 1) c41 = madd(v, b1, c41); }
          if (MR > 5) { v = v128.load32_splat(p5, 0); c50 = madd(v, b0, c50); if (NV > 1) c51 = madd(v, b1, c51); }
        }
        w += 16 * NV;
        p0 += 4; p1 += 4; p2 += 4; p3 += 4; p4 += 4; p5 += 4;
      }
    }
  }
  if (MR === 1) {
    c00 = f32x4.add(f32x4.add(c00, c10), f32x4.add(c20, c30));
    c01 = f32x4.add(f32x4.add(c01, c11), f32x4.add(c21, c31));
  } else if (MR === 2) {
    c00 = f32x4.add(c00, c20); c01 = f32x4.add(c01, c21);
    c10 = f32x4.add(c10, c30); c11 = f32x4.add(c11, c31);
  } else if (MR === 3) {
    c00 = f32x4.add(c00, c30); c01 = f32x4.add(c01, c31);
    c10 = f32x4.add(c10, c40); c11 = f32x4.add(c11, c41);
    c20 = f32x4.add(c20, c50); c21 = f32x4.add(c21, c51);
  }
  if (r) {
    { c00 = f32x4.add(c00, v128.load(r)); if (NV > 1) c01 = f32x4.add(c01, v128.load(r, 16)); }
    if (MR > 1) { c10 = f32x4.add(c10, v128.load(r + 1 * rx)); if (NV > 1) c11 = f32x4.add(c11, v128.load(r + 1 * rx, 16)); }
    if (MR > 2) { c20 = f32x4.add(c20, v128.load(r + 2 * rx)); if (NV > 1) c21 = f32x4.add(c21, v128.load(r + 2 * rx, 16)); }
    if (MR > 3) { c30 = f32x4.add(c30, v128.load(r + 3 * rx)); if (NV > 1) c31 = f32x4.add(c31, v128.load(r + 3 * rx, 16)); }
    if (MR > 4) { c40 = f32x4.add(c40, v128.load(r + 4 * rx)); if (NV > 1) c41 = f32x4.add(c41, v128.load(r + 4 * rx, 16)); }
    if (MR > 5) { c50 = f32x4.add(c50, v128.load(r + 5 * rx)); if (NV > 1) c51 = f32x4.add(c51, v128.load(r + 5 * rx, 16)); }
  }
  if (act === 1) {
    const zero = f32x4.splat(0);
    c00 = f32x4.pmax(c00, zero); c01 = f32x4.pmax(c01, zero);
    c10 = f32x4.pmax(c10, zero); c11 = f32x4.pmax(c11, zero);
    c20 = f32x4.pmax(c20, zero); c21 = f32x4.pmax(c21, zero);
    c30 = f32x4.pmax(c30, zero); c31 = f32x4.pmax(c31, zero);
    c40 = f32x4.pmax(c40, zero); c41 = f32x4.pmax(c41, zero);
    c50 = f32x4.pmax(c50, zero); c51 = f32x4.pmax(c51, zero);
  }
  { v128.store(o, c00); if (NV > 1) v128.store(o, c01, 16); }
  if (MR > 1) { v128.store(o + 1 * ox, c10); if (NV > 1) v128.store(o + 1 * ox, c11, 16); }
  if (MR > 2) { v128.store(o + 2 * ox, c20); if (NV > 1) v128.store(o + 2 * ox, c21, 16); }
  if (MR > 3) { v128.store(o + 3 * ox, c30); if (NV > 1) v128.store(o + 3 * ox, c31, 16); }
  if (MR > 4) { v128.store(o + 4 * ox, c40); if (NV > 1) v128.store(o + 4 * ox, c41, 16); }
  if (MR > 5) { v128.store(o + 5 * ox, c50); if (NV > 1) v128.store(o + 5 * ox, c51, 16); }
}

// prettier-ignore
function tileOf(rows: i32, isWide: bool, a: usize, ax: usize, runsY: i32, stepY: usize, runsX: i32, stepX: usize, len: i32, w: usize, bias: usize, o: usize, ox: usize, r: usize, rx: usize, act: i32): void {
  if (isWide) {
    switch (rows) {
      case 1: tile<Rows1, Columns8>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
      case 2: tile<Rows2, Columns8>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
      case 3: tile<Rows3, Columns8>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
      case 4: tile<Rows4, Columns8>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
      case 5: tile<Rows5, Columns8>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
    }
    tile<Rows6, Columns8>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act);
    return;
  }
  switch (rows) {
    case 1: tile<Rows1, Columns4>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
    case 2: tile<Rows2, Columns4>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
    case 3: tile<Rows3, Columns4>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
    case 4: tile<Rows4, Columns4>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
    case 5: tile<Rows5, Columns4>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act); return;
  }
  tile<Rows6, Columns4>(a, ax, runsY, stepY, runsX, stepX, len, w, bias, o, ox, r, rx, act);
}

/** Copies `rows` rows of `n` columns, at most 8 each, out of the scratch. */
function copyOut(o: usize, ox: usize, rows: i32, n: i32): void {
  for (let from = scratch; rows > 0; rows--, from += 32, o += ox) {
    if (n > 4) {
      v128.store(o, v128.load(from));
      storeSome(o + 16, v128.load(from, 16), n - 4);
    } else storeSome(o, v128.load(from), n);
  }
}

/**
 * `rows` × `cols` outputs of `n` channels: runs of inputs times panels of weights, plus a bias, plus `r` unless it is 0, then an activation.
 * `ay` and `ax` lie between the inputs of neighboring outputs, `stepY` and `stepX` between runs. A panel has [runs × len][8] weights; the last
 * one has 4 columns if no more are needed. `block` rows at a time pass all panels, so that their inputs stay in the cache.
 */
// prettier-ignore
export function gemm(a: usize, ay: usize, ax: usize, runsY: i32, stepY: usize, runsX: i32, stepX: usize, len: i32, w: usize, bias: usize, o: usize, oy: usize, ox: usize, r: usize, ry: usize, rx: usize, rows: i32, cols: i32, n: i32, act: i32, alpha: f32, beta: f32, block: i32): void {
  const panel = <usize>(runsY * runsX * len) << 5;
  for (let first = 0; first < rows; first += block) {
    const end = min(first + block, rows);
    let weights = w;
    for (let c = 0; c < n; c += 8, weights += panel) {
      const width = min(n - c, 8);
      const isWide = width > 4;
      const isPart = (width & 3) !== 0;
      const at = <usize>c << 2;
      for (let y = first; y < end; y++) {
        let from = a + <usize>y * ay;
        let to = o + <usize>y * oy + at;
        let added = r ? r + <usize>y * ry + at : 0;
        for (let left = cols; left > 0; ) {
          const m = left >= 8 || left === 6 ? 6 : left > 6 ? (left + 1) >> 1 : left;
          const target = isPart ? scratch : to;
          const stride: usize = isPart ? 32 : ox;
          tileOf(m, isWide, from, ax, runsY, stepY, runsX, stepX, len, weights, bias + at, target, stride, added, rx, act);
          if (act > 1) finish(target, stride, m, isWide ? 8 : 4, act, alpha, beta);
          if (isPart) copyOut(to, ox, m, width);
          from += <usize>m * ax;
          to += <usize>m * ox;
          if (r) added += <usize>m * rx;
          left -= m;
        }
      }
    }
  }
}

/** Packs k × n numbers, `bk` and `bn` apart, to panels of 8 columns; the last one has 4 if no more are needed. */
export function pack(b: usize, bk: usize, bn: usize, k: i32, n: i32, o: usize): void {
  for (let c = 0; c < n; c += 8) {
    const width = n - c > 4 ? 8 : 4;
    const there = min(n - c, width);
    for (let i = 0; i < k; i++) {
      const from = b + <usize>i * bk + <usize>c * bn;
      for (let j = 0; j < width; j++, o += 4) store<f32>(o, j < there ? load<f32>(from + <usize>j * bn) : 0);
    }
  }
}
