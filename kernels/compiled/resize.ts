/** Resizing of pictures by tables of neighbors. Strides are in bytes. */
import { storeLanes } from './vectors';

/**
 * Each row of the table has the offsets of two neighbors in bytes and the weight of the second one. Second neighbors are
 * only read if `isLinear`.
 */
// prettier-ignore
export function resize(a: usize, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, tableY: usize, tableX: usize, isLinear: i32): void {
  for (; rows > 0; rows--, o += oy, tableY += 12) {
    const top = a + load<u32>(tableY), bottom = a + load<u32>(tableY, 4);
    const v = v128.load32_splat(tableY, 8);
    let to = o;
    let table = tableX;
    for (let x = cols; x > 0; x--, to += ox, table += 12) {
      const left = load<u32>(table), right = load<u32>(table, 4);
      const u = v128.load32_splat(table, 8);
      for (let c = 0; c < n; c += 4) {
        const at = <usize>c << 2;
        let y = v128.load(top + left + at);
        if (isLinear) {
          y = f32x4.add(f32x4.mul(y, f32x4.sub(f32x4.splat(1), u)), f32x4.mul(v128.load(top + right + at), u));
          const p = v128.load(bottom + left + at), q = v128.load(bottom + right + at);
          const z = f32x4.add(f32x4.mul(p, f32x4.sub(f32x4.splat(1), u)), f32x4.mul(q, u));
          y = f32x4.add(f32x4.mul(y, f32x4.sub(f32x4.splat(1), v)), f32x4.mul(z, v));
        }
        storeLanes(to + at, y, n - c);
      }
    }
  }
}
