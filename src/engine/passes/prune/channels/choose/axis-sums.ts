/** Sums over the positions of one axis of a weight. */

export interface AxisOfWeight {
  readonly values: Float32Array;
  readonly dims: readonly number[];
  readonly axis: number;
}

/** What each position of the axis adds up to. */
export function axisSums({ values, dims, axis }: AxisOfWeight, of: (value: number) => number): Float64Array {
  const size = dims[axis]!;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const sums = new Float64Array(size);
  for (let start = 0, position = 0; start < values.length; start += inner, position = (position + 1) % size) {
    let sum = 0;
    for (let at = start; at < start + inner; at += 1) sum += of(values[at]!);
    sums[position]! += sum;
  }
  return sums;
}

/** Multiplications; their number grows with the square of that of the filters. */
const mostWork = 1e9;

/** Of each position of the axis: the sum of its distances from all others, ‖w_u − w_v‖₂; `undefined` where that takes too long. */
export function filterDistances({ values, dims, axis }: AxisOfWeight): Float64Array | undefined {
  const size = dims[axis]!;
  if ((size * values.length) / 2 > mostWork) return undefined;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const distances = new Float64Array(size);
  for (let a = 0; a < size; a += 1) {
    for (let b = 0; b < a; b += 1) {
      let sum = 0;
      for (let block = 0; block < values.length; block += size * inner) {
        const [left, right] = [block + a * inner, block + b * inner];
        for (let at = 0; at < inner; at += 1) sum += (values[left + at]! - values[right + at]!) ** 2;
      }
      const distance = Math.sqrt(sum);
      distances[a]! += distance;
      distances[b]! += distance;
    }
  }
  return distances;
}
