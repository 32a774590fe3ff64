/** Statistics of the numbers of a weight. */
import type { Tensor } from '../../onnx/graph';
import { elementCount } from '../../onnx/tensor';
import { hasNumbers, weightNumbers } from './weight-numbers';

const binCount = 48;

export interface WeightStatistics {
  readonly elements: number;
  /** Over the finite elements; `null` if there are none. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly mean: number | null;
  /** The standard deviation of the finite elements as a whole population (divided by their number). */
  readonly std: number | null;
  readonly zeros: number;
  /** NaN and infinities. */
  readonly notFinite: number;
  /** Counts in bins of equal width from `minimum` to `maximum`; empty if both are the same. */
  readonly histogram: readonly number[];
}

/**
 * Reads the weight twice, in parts: for the moments, then for the histogram. `null` for element types without numbers
 * that Pareto can read (strings, complex numbers, floats of 8 and 4 bits). Throws like `tensorBytes`, and what
 * `checkpoint` throws.
 */
export async function weightStatistics(
  tensor: Tensor,
  { checkpoint }: { checkpoint(): Promise<void> },
): Promise<WeightStatistics | null> {
  if (!hasNumbers(tensor)) return null;
  const moments = new Moments();
  for (const part of weightNumbers(tensor)) {
    moments.add(part);
    await checkpoint();
  }
  const { minimum, maximum } = moments;
  const histogram: number[] = minimum < maximum ? Array.from({ length: binCount }, () => 0) : [];
  if (histogram.length > 0) {
    for (const part of weightNumbers(tensor)) {
      countInto(histogram, part, minimum, maximum);
      await checkpoint();
    }
  }
  return { elements: elementCount(tensor), histogram, ...moments.summary() };
}

class Moments {
  minimum = Infinity;
  maximum = -Infinity;
  #count = 0;
  #mean = 0;
  #squares = 0;
  #zeros = 0;
  #notFinite = 0;

  /** Part by part (Chan, Golub and LeVeque 1979): squares of large means would drown small deviations. */
  add(part: ArrayLike<number>): void {
    let count = 0;
    let sum = 0;
    for (let index = 0; index < part.length; index++) {
      const value = part[index]!;
      if (!Number.isFinite(value)) {
        this.#notFinite += 1;
        continue;
      }
      if (value === 0) this.#zeros += 1;
      if (value < this.minimum) this.minimum = value;
      if (value > this.maximum) this.maximum = value;
      count += 1;
      sum += value;
    }
    if (count > 0) this.#merge(count, sum / count, squaresAround(part, sum / count));
  }

  #merge(count: number, mean: number, squares: number): void {
    const total = this.#count + count;
    const delta = mean - this.#mean;
    this.#squares += squares + (delta * delta * this.#count * count) / total;
    this.#mean += (delta * count) / total;
    this.#count = total;
  }

  summary(): Omit<WeightStatistics, 'elements' | 'histogram'> {
    const some = this.#count > 0;
    return {
      minimum: some ? this.minimum : null,
      maximum: some ? this.maximum : null,
      mean: some ? this.#mean : null,
      std: some ? Math.sqrt(this.#squares / this.#count) : null,
      zeros: this.#zeros,
      notFinite: this.#notFinite,
    };
  }
}

function squaresAround(part: ArrayLike<number>, mean: number): number {
  let squares = 0;
  for (let index = 0; index < part.length; index++) {
    const value = part[index]!;
    if (Number.isFinite(value)) squares += (value - mean) ** 2;
  }
  return squares;
}

function countInto(bins: number[], part: ArrayLike<number>, minimum: number, maximum: number): void {
  // Halves, so that the width of a range over all doubles is finite.
  const scale = bins.length / 2 / (maximum / 2 - minimum / 2);
  for (let index = 0; index < part.length; index++) {
    const value = part[index]!;
    if (!Number.isFinite(value)) continue;
    const bin = Math.min(bins.length - 1, Math.floor((value - minimum) * scale));
    bins[bin] = bins[bin]! + 1;
  }
}
