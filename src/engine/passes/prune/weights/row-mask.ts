/** Chooses the weights of a matrix that become zero, row by row, one for each output. */
import type { LayerMatrix } from '../channels/repair/layer-matrix';
import type { SparsityPattern } from './sparsity-pattern';

/** Magnitudes of one output: [inputs · taps]. */
export function rowMagnitudes({ values, inputs, taps }: LayerMatrix, output: number): Float64Array {
  const width = inputs * taps;
  return values.slice(output * width, (output + 1) * width).map(Math.abs);
}

/** Positions of the `count` lowest scores; of equal ones the first. */
export function lowest(scores: Float64Array, count: number): Int32Array {
  const order = Int32Array.from(scores.keys());
  return order.sort((a, b) => scores[a]! - scores[b]! || a - b).subarray(0, count);
}

/**
 * The lowest of each run of neighboring inputs, separately for each tap, because hardware reads these at once. A
 * shorter run at the end loses its share.
 */
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
