/** The inner loops of the linear algebra: products of rows that lie one after the other in memory. */
import { addPackedProducts, isWorthPacking, type Rows } from './packed-products';

/** A function that is awaited between pieces of work of a few milliseconds; it may reject to stop. */
export type Checkpoint = () => Promise<void>;

/** Multiplications between two checkpoints, about 10 ms. */
export const stretchProducts = 1 << 25;

/**
 * `target[i][j] += factor * (left[i] · right[j])` over the first `length` numbers of each row. Many rows are multiplied
 * with vector instructions. Among few rows, three by three share their loads, which is half as much again as two by
 * two. Callers pass at most `stretchProducts` at once.
 */
export function addRowProducts(target: Rows, left: Rows, right: Rows, length: number, factor: number): void {
  if (isWorthPacking(left.count, right.count, length)) {
    const columns = right.count;
    addPackedProducts(target, left, { ...right, isTransposed: false }, { length, columns, factor });
    return;
  }
  const wholeLeft = left.count - (left.count % 3);
  const wholeRight = right.count - (right.count % 3);
  addInThrees(target, { ...left, count: wholeLeft }, { ...right, count: wholeRight }, length, factor);
  const lastRight = { ...right, offset: right.offset + wholeRight * right.stride, count: right.count - wholeRight };
  const besides = { ...target, offset: target.offset + wholeRight };
  if (lastRight.count > 0) addInPairs(besides, { ...left, count: wholeLeft }, lastRight, length, factor);
  const lastLeft = { ...left, offset: left.offset + wholeLeft * left.stride, count: left.count - wholeLeft };
  const below = { ...target, offset: target.offset + wholeLeft * target.stride };
  if (lastLeft.count > 0) addInPairs(below, lastLeft, right, length, factor);
}

function addInThrees(target: Rows, left: Rows, right: Rows, length: number, factor: number): void {
  const { data: out, stride } = target;
  const { data: a } = left;
  const { data: b } = right;
  for (let i = 0; i < left.count; i += 3) {
    const a0 = left.offset + i * left.stride;
    const a1 = a0 + left.stride;
    const a2 = a1 + left.stride;
    for (let j = 0; j < right.count; j += 3) {
      const b0 = right.offset + j * right.stride;
      const b1 = b0 + right.stride;
      const b2 = b1 + right.stride;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      for (let k = 0; k < length; k += 1) {
        const x0 = a[a0 + k]!;
        const x1 = a[a1 + k]!;
        const x2 = a[a2 + k]!;
        const y0 = b[b0 + k]!;
        const y1 = b[b1 + k]!;
        const y2 = b[b2 + k]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s20 += x2 * y0;
        s21 += x2 * y1;
        s22 += x2 * y2;
      }
      const at0 = target.offset + i * stride + j;
      const at1 = at0 + stride;
      const at2 = at1 + stride;
      out[at0]! += factor * s00;
      out[at0 + 1]! += factor * s01;
      out[at0 + 2]! += factor * s02;
      out[at1]! += factor * s10;
      out[at1 + 1]! += factor * s11;
      out[at1 + 2]! += factor * s12;
      out[at2]! += factor * s20;
      out[at2 + 1]! += factor * s21;
      out[at2 + 2]! += factor * s22;
    }
  }
}

/** Multiplies the rows that are left over from the groups of three. */
function addInPairs(target: Rows, left: Rows, right: Rows, length: number, factor: number): void {
  const { data: out } = target;
  const { data: a } = left;
  const { data: b } = right;
  for (let i = 0; i < left.count; i += 2) {
    const a0 = left.offset + i * left.stride;
    const pairI = i + 1 < left.count;
    const a1 = pairI ? a0 + left.stride : a0;
    for (let j = 0; j < right.count; j += 2) {
      const b0 = right.offset + j * right.stride;
      const pairJ = j + 1 < right.count;
      const b1 = pairJ ? b0 + right.stride : b0;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      for (let k = 0; k < length; k += 1) {
        const x0 = a[a0 + k]!;
        const x1 = a[a1 + k]!;
        const y0 = b[b0 + k]!;
        const y1 = b[b1 + k]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      const at = target.offset + i * target.stride + j;
      out[at]! += factor * s00;
      if (pairJ) out[at + 1]! += factor * s01;
      if (!pairI) continue;
      out[at + target.stride]! += factor * s10;
      if (pairJ) out[at + target.stride + 1]! += factor * s11;
    }
  }
}

/**
 * Computes `target[i] += factor * Σ_k weights[i][k] * rows[k]` over the first `length` numbers of each row. It sums
 * four scaled rows at a time for two rows of the target, which share loads. It uses the vector kernel for many rows.
 */
export function addScaledRows(target: Rows, weights: Rows, rows: Rows, length: number, factor: number): void {
  if (isWorthPacking(target.count, length, rows.count)) {
    const summed = { length: rows.count, columns: length, factor };
    addPackedProducts(target, weights, { ...rows, isTransposed: true }, summed);
    return;
  }
  const { data: out } = target;
  const { data: w } = weights;
  const { data: b } = rows;
  const pairs = target.count - (target.count % 2);
  const whole = rows.count - (rows.count % 4);
  for (let i = 0; i < pairs; i += 2) {
    const t0 = target.offset + i * target.stride;
    const t1 = t0 + target.stride;
    const w0 = weights.offset + i * weights.stride;
    const w1 = w0 + weights.stride;
    for (let k = 0; k < whole; k += 4) {
      const f0 = factor * w[w0 + k]!;
      const f1 = factor * w[w0 + k + 1]!;
      const f2 = factor * w[w0 + k + 2]!;
      const f3 = factor * w[w0 + k + 3]!;
      const g0 = factor * w[w1 + k]!;
      const g1 = factor * w[w1 + k + 1]!;
      const g2 = factor * w[w1 + k + 2]!;
      const g3 = factor * w[w1 + k + 3]!;
      const b0 = rows.offset + k * rows.stride;
      const b1 = b0 + rows.stride;
      const b2 = b1 + rows.stride;
      const b3 = b2 + rows.stride;
      for (let j = 0; j < length; j += 1) {
        const x0 = b[b0 + j]!;
        const x1 = b[b1 + j]!;
        const x2 = b[b2 + j]!;
        const x3 = b[b3 + j]!;
        out[t0 + j]! += f0 * x0 + f1 * x1 + f2 * x2 + f3 * x3;
        out[t1 + j]! += g0 * x0 + g1 * x1 + g2 * x2 + g3 * x3;
      }
    }
    for (let row = i; row < i + 2; row += 1) addToRow(target, weights, rows, { row, first: whole, length, factor });
  }
  if (pairs < target.count) addToRow(target, weights, rows, { row: pairs, first: 0, length, factor });
}

/** One row of the target, from the scaled row `first` on. */
function addToRow(
  target: Rows,
  weights: Rows,
  rows: Rows,
  part: { readonly row: number; readonly first: number; readonly length: number; readonly factor: number },
): void {
  const { data: out } = target;
  const { data: w } = weights;
  const { data: b } = rows;
  const { row, first, length, factor } = part;
  const t0 = target.offset + row * target.stride;
  const w0 = weights.offset + row * weights.stride;
  let k = first;
  for (; k + 3 < rows.count; k += 4) {
    const f0 = factor * w[w0 + k]!;
    const f1 = factor * w[w0 + k + 1]!;
    const f2 = factor * w[w0 + k + 2]!;
    const f3 = factor * w[w0 + k + 3]!;
    const b0 = rows.offset + k * rows.stride;
    const b1 = b0 + rows.stride;
    const b2 = b1 + rows.stride;
    const b3 = b2 + rows.stride;
    for (let j = 0; j < length; j += 1) {
      out[t0 + j]! += f0 * b[b0 + j]! + f1 * b[b1 + j]! + f2 * b[b2 + j]! + f3 * b[b3 + j]!;
    }
  }
  for (; k < rows.count; k += 1) {
    const f = factor * w[w0 + k]!;
    const b0 = rows.offset + k * rows.stride;
    for (let j = 0; j < length; j += 1) out[t0 + j]! += f * b[b0 + j]!;
  }
}

/** Cuts `count` rows, each of which costs `productsPerRow`, into pieces between which there is a checkpoint. */
export async function inStretches(
  count: number,
  productsPerRow: number,
  checkpoint: Checkpoint,
  run: (start: number, end: number) => void,
): Promise<void> {
  // Six, so that the pieces fill pairs and threes of rows.
  const step = Math.max(6, 6 * Math.floor(stretchProducts / 6 / Math.max(1, productsPerRow)));
  for (let start = 0; start < count; start += step) {
    run(start, Math.min(count, start + step));
    await checkpoint();
  }
}
