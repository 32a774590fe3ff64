/** Pooling over windows that are clipped at the borders. Strides are in bytes. */
import { activate } from './activations';
import { storeLanes } from './vectors';

/**
 * `kind` 0: maximum. 1: mean of the inputs that exist. 2: mean with padding, which ends `extentH` and `extentW` after the first input.
 */
// prettier-ignore
export function pool(a: usize, iy: usize, ix: usize, height: i32, width: i32, kh: i32, kw: i32, sy: i32, sx: i32, dy: i32, dx: i32, top: i32, left: i32, extentH: i32, extentW: i32, o: usize, oy: usize, ox: usize, rows: i32, cols: i32, n: i32, kind: i32, act: i32, alpha: f32, beta: f32): void {
  for (let y = 0; y < rows; y++) {
    const y0 = y * sy - top;
    for (let x = 0; x < cols; x++) {
      const x0 = x * sx - left;
      let first = y0;
      while (first < 0) first += dy;
      let start = x0;
      while (start < 0) start += dx;
      const lastY = min(y0 + kh * dy, height);
      const lastX = min(x0 + kw * dx, width);
      let count: f32 = f32(max(0, (lastY - first + dy - 1) / dy) * max(0, (lastX - start + dx - 1) / dx));
      if (kind === 2) count = f32(((min(y0 + kh * dy, extentH) - y0 + dy - 1) / dy) * ((min(x0 + kw * dx, extentW) - x0 + dx - 1) / dx));
      for (let c = 0; c < n; c += 4) {
        let value = f32x4.splat(kind === 0 ? -Infinity : 0);
        for (let i = first; i < lastY; i += dy) {
          const row = a + <usize>i * iy + (<usize>c << 2);
          for (let j = start; j < lastX; j += dx) {
            const there = v128.load(row + <usize>j * ix);
            value = kind === 0 ? f32x4.max(value, there) : f32x4.add(value, there);
          }
        }
        if (kind !== 0) value = f32x4.div(value, f32x4.splat(count));
        if (act !== 0) value = activate(value, act, alpha, beta);
        storeLanes(o + <usize>y * oy + <usize>x * ox + (<usize>c << 2), value, n - c);
      }
    }
  }
}
