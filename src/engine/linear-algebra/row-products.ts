/** The inner loops of the linear algebra: products of rows that lie one after the other in memory. */

/** Rows of numbers within a larger array: row i starts at `offset + i * stride`. */
export interface Rows {
  readonly data: Float64Array;
  readonly offset: number;
  readonly stride: number;
  readonly count: number;
}

/** Awaited between pieces of work of a few milliseconds; may reject to stop. */
export type Checkpoint = () => Promise<void>;

/** Multiplications between two checkpoints, about 10 ms. */
export const stretchProducts = 1 << 25;

/**
 * `target[i][j] += factor * (left[i] · right[j])` over the first `length` numbers of each row. Two by two rows share
 * what they load, which is as quick here as larger tiles. Not for more than `stretchProducts` at once.
 */
export function addRowProducts(target: Rows, left: Rows, right: Rows, length: number, factor: number): void {
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
 * `target[i] += factor * Σ_k weights[i][k] * rows[k]` over the first `length` numbers of each row: sums of scaled rows, four at
 * a time.
 */
export function addScaledRows(target: Rows, weights: Rows, rows: Rows, length: number, factor: number): void {
  const { data: out } = target;
  const { data: w } = weights;
  const { data: b } = rows;
  for (let i = 0; i < target.count; i += 1) {
    const t0 = target.offset + i * target.stride;
    const w0 = weights.offset + i * weights.stride;
    let k = 0;
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
}

/** Cuts `count` rows, each of which costs `productsPerRow`, into pieces between which there is a checkpoint. */
export async function inStretches(
  count: number,
  productsPerRow: number,
  checkpoint: Checkpoint,
  run: (start: number, end: number) => void,
): Promise<void> {
  // Even, so that the pieces fill the pairs of rows.
  const step = Math.max(2, 2 * Math.floor(stretchProducts / 2 / Math.max(1, productsPerRow)));
  for (let start = 0; start < count; start += step) {
    run(start, Math.min(count, start + step));
    await checkpoint();
  }
}
