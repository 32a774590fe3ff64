/** Recurrent layers: the products with the inputs are computed before; these kernels go through the steps. Strides are in bytes. */
import { gemm } from './gemm';
import { sigmoid, storeLanes, tanh } from './vectors';

/** The gates of all rows: the state times the recurrent weights, plus what the inputs add. */
// prettier-ignore
function gates(state: usize, depth: i32, weights: usize, zeros: usize, to: usize, toStep: usize, added: usize, addedStep: usize, batch: i32, n: i32): void {
  gemm(state, 0, <usize>depth << 2, 1, 0, 1, 0, depth, weights, zeros, to, 0, toStep, added, 0, addedStep, 1, batch, n, 0, 0, 0, 1);
}

/** `x` has the gates i, o, f, c of all steps, `xs` apart. The outputs of steps are `os` apart. `scratch` has the gates of one step. */
// prettier-ignore
export function lstm(x: usize, xs: usize, r: usize, zeros: usize, h: usize, c: usize, scratch: usize, o: usize, os: usize, steps: i32, batch: i32, hidden: i32): void {
  const row = <usize>hidden << 2;
  for (; steps > 0; steps--, x += xs, o += os) {
    gates(h, hidden, r, zeros, scratch, row << 2, x, row << 2, batch, hidden << 2);
    for (let b = 0; b < batch; b++) {
      const from = scratch + <usize>b * (row << 2);
      const own = <usize>b * row;
      for (let i = 0; i < hidden; i += 4) {
        const at = <usize>i << 2;
        const place = own + at;
        const cell = f32x4.add(
          f32x4.mul(sigmoid(v128.load(from + 2 * row + at)), v128.load(c + place)),
          f32x4.mul(sigmoid(v128.load(from + at)), tanh(v128.load(from + 3 * row + at))),
        );
        const y = f32x4.mul(sigmoid(v128.load(from + row + at)), tanh(cell));
        storeLanes(c + place, cell, hidden - i);
        storeLanes(h + place, y, hidden - i);
        storeLanes(o + place, y, hidden - i);
      }
    }
  }
}

/**
 * `x` has the gates z, r, h of all steps. `r` are the weights of z and r, `rh` those of h with the bias `bias`. With `isLinear` the reset gate
 * comes after the product. `scratch` has the gates of one step, and `reset` the state after the reset gate.
 */
// prettier-ignore
export function gru(x: usize, xs: usize, r: usize, rh: usize, bias: usize, zeros: usize, h: usize, scratch: usize, reset: usize, o: usize, os: usize, steps: i32, batch: i32, hidden: i32, isLinear: i32): void {
  const row = <usize>hidden << 2;
  const wide = 3 * row;
  for (; steps > 0; steps--, x += xs, o += os) {
    gates(h, hidden, r, zeros, scratch, wide, x, wide, batch, hidden << 1);
    if (!isLinear) {
      for (let b = 0; b < batch; b++) {
        for (let i = 0; i < hidden; i += 4) {
          const at = <usize>b * row + (<usize>i << 2);
          const gate = sigmoid(v128.load(scratch + <usize>b * wide + row + (<usize>i << 2)));
          storeLanes(reset + at, f32x4.mul(gate, v128.load(h + at)), hidden - i);
        }
      }
    }
    gates(isLinear ? h : reset, hidden, rh, bias, scratch + 2 * row, wide, 0, 0, batch, hidden);
    for (let b = 0; b < batch; b++) {
      const from = scratch + <usize>b * wide;
      const own = <usize>b * row;
      for (let i = 0; i < hidden; i += 4) {
        const at = <usize>i << 2;
        const z = sigmoid(v128.load(from + at));
        let product = v128.load(from + 2 * row + at);
        if (isLinear) product = f32x4.mul(product, sigmoid(v128.load(from + row + at)));
        const fresh = tanh(f32x4.add(v128.load(x + <usize>b * wide + 2 * row + at), product));
        const y = f32x4.add(f32x4.mul(f32x4.sub(f32x4.splat(1), z), fresh), f32x4.mul(z, v128.load(h + own + at)));
        storeLanes(h + own + at, y, hidden - i);
        storeLanes(o + own + at, y, hidden - i);
      }
    }
  }
}
