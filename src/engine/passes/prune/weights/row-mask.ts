/** Which weights of a matrix become zero when the rows, one for each output, are looked at one by one. */
import type { LayerMatrix } from '../channels/repair/layer-matrix';
import type { SparsityPattern } from './sparsity-pattern';

/**
 * Scores |W_ij| · √E[x_j²], or |W_ij| without `power`, of one output: [inputs · taps]. All taps of an input have the power of its
 * channel (Sun et al. 2023, Wanda; the borders of pictures are left out of account).
 */
export function rowScores({ values, inputs, taps }: LayerMatrix, output: number, power?: Float64Array): Float64Array {
  const start = output * inputs * taps;
  return Float64Array.from({ length: inputs * taps }, (_, at) => {
    const magnitude = Math.abs(values[start + at]!);
    return power === undefined ? magnitude : magnitude * Math.sqrt(power[Math.floor(at / taps)]!);
  });
}

/** Positions of the `count` lowest scores; of equal ones the first. */
export function lowest(scores: Float64Array, count: number): Int32Array {
  const order = Int32Array.from(scores.keys());
  return order.sort((a, b) => scores[a]! - scores[b]! || a - b).subarray(0, count);
}

/** The lowest of each run of neighbouring inputs, for each tap by itself: what hardware reads at once. A shorter run at the end loses its share. */
export function lowestOfRuns(scores: Float64Array, taps: number, { zeros, of }: SparsityPattern): readonly number[] {
  const inputs = scores.length / taps;
  const found: number[] = [];
  for (let first = 0; first < inputs; first += of) {
    const length = Math.min(of, inputs - first);
    for (let tap = 0; tap < taps; tap += 1) {
      const run = Float64Array.from({ length }, (_, at) => scores[(first + at) * taps + tap]!);
      for (const position of lowest(run, Math.floor((length * zeros) / of)))
        found.push((first + position) * taps + tap);
    }
  }
  return found;
}
