/** Products of float32 and constant codes of 4 or 8 bits, which are unpacked panel by panel. */
import { gemm } from './gemm';

/** (code - zero) × scale of eight columns; a narrow panel has four. */
// prettier-ignore
function put(codes: v128, zero0: v128, zero1: v128, scale0: v128, scale1: v128, isWide: bool, to: usize): void {
  const halves = i16x8.extend_low_i8x16_u(codes);
  v128.store(to, f32x4.mul(f32x4.sub(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(halves)), zero0), scale0));
  if (isWide) v128.store(to, f32x4.mul(f32x4.sub(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(halves)), zero1), scale1), 16);
}

/** A panel [k][8] or [k][4] of codes; each `block` of rows has scales and zero points of its own. */
// prettier-ignore
function unpack(w: usize, bits: i32, scales: usize, zeros: usize, block: i32, k: i32, isWide: bool, to: usize): void {
  const row: usize = isWide ? 32 : 16;
  for (; k > 0; k -= block, scales += 32, zeros += 32) {
    const s0 = v128.load(scales), s1 = v128.load(scales, 16), z0 = v128.load(zeros), z1 = v128.load(zeros, 16);
    for (let i = min(block, k); i > 0; i--, w += 8, to += row) {
      const codes = v128.load64_zero(w);
      if (bits === 8) {
        put(codes, z0, z1, s0, s1, isWide, to);
        continue;
      }
      put(v128.and(codes, i8x16.splat(15)), z0, z1, s0, s1, isWide, to);
      put(i8x16.shr_u(codes, 4), z0, z1, s0, s1, isWide, to + row);
      to += row;
      i--;
    }
  }
}

/**
 * `rows` rows of `n` columns: act(a × codes + bias + r). Codes are packed [n / 8][k][8], those of 4 bits [n / 8][k / 2][8] with the even row in the low
 * bits; scales and zero points [n / 8][blocks][8]. `panel` has room for 8 × k floats and one more row.
 */
// prettier-ignore
export function gemmOfCodes(a: usize, k: i32, w: usize, bits: i32, scales: usize, zeros: usize, block: i32, bias: usize, o: usize, r: usize, rows: i32, n: i32, act: i32, alpha: f32, beta: f32, panel: usize): void {
  const codeBytes = <usize>(bits === 8 ? k : (k + 1) >> 1) << 3;
  const gridBytes = <usize>((k + block - 1) / block) << 5;
  for (let c = 0; c < n; c += 8, w += codeBytes, scales += gridBytes, zeros += gridBytes) {
    unpack(w, bits, scales, zeros, block, k, n - c > 4, panel);
    const at = <usize>c << 2;
    gemm(a, 0, <usize>k << 2, 1, 0, 1, 0, k, panel, bias + at, o + at, 0, <usize>n << 2, r ? r + at : 0, 0, <usize>n << 2, 1, rows, min(8, n - c), act, alpha, beta, 1);
  }
}
