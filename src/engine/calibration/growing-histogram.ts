/** Counts numbers in one pass over the data. The range is unknown at first, so bins grow with it. */

const binsOfASide = 8192;

/**
 * A histogram with bins of equal width from zero to both sides. The width is a power of two. It doubles, and
 * neighboring bins merge, when a larger number comes.
 */
export class GrowingHistogram {
  /** 0 until a number other than 0 comes. */
  #width = 0;
  #zeros = 0;
  #positive = new Float64Array(0);
  #negative = new Float64Array(0);

  /** @param values NaN and infinities are left out. @param minimum @param maximum the finite ones among them. */
  add(values: Float32Array, minimum: number, maximum: number): void {
    this.#makeRoomFor(Math.max(-minimum, maximum));
    // The output of a Relu has one side alone, so each side is created when it is needed.
    if (maximum > 0 && this.#positive.length === 0) this.#positive = new Float64Array(binsOfASide);
    if (minimum < 0 && this.#negative.length === 0) this.#negative = new Float64Array(binsOfASide);
    const scale = this.#width === 0 ? 0 : 1 / this.#width;
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at]!;
      if (value === 0) this.#zeros += 1;
      else if (value > 0 && value <= maximum) this.#positive[Math.floor(value * scale)]! += 1;
      else if (value < 0 && value >= minimum) this.#negative[Math.floor(-value * scale)]! += 1;
    }
  }

  /** Every bin that is not empty, from the lowest: its middle, and how many numbers it holds. */
  forEach(visit: (middle: number, count: number) => void): void {
    for (let bin = this.#negative.length - 1; bin >= 0; bin -= 1) {
      if (this.#negative[bin]! > 0) visit(-(bin + 0.5) * this.#width, this.#negative[bin]!);
    }
    if (this.#zeros > 0) visit(0, this.#zeros);
    for (let bin = 0; bin < this.#positive.length; bin += 1) {
      if (this.#positive[bin]! > 0) visit((bin + 0.5) * this.#width, this.#positive[bin]!);
    }
  }

  /** The same counts between these rising edges. Numbers outside count for the bins at the ends. */
  between(edges: ArrayLike<number>): Float64Array {
    const last = edges.length - 2;
    const counts = new Float64Array(last + 1);
    let bin = 0;
    this.forEach((middle, count) => {
      while (bin < last && middle >= edges[bin + 1]!) bin += 1;
      counts[bin]! += count;
    });
    return counts;
  }

  #makeRoomFor(largest: number): void {
    if (!(largest > 0)) return;
    if (this.#width === 0) {
      // This width leaves half of the bins free, so that the range can double.
      this.#width = 2 ** Math.floor(Math.log2(largest)) / (binsOfASide / 2);
    }
    while (largest >= this.#width * binsOfASide) {
      for (const side of [this.#positive, this.#negative]) joinNeighbors(side);
      this.#width *= 2;
    }
  }
}

function joinNeighbors(bins: Float64Array): void {
  const half = bins.length / 2;
  for (let bin = 0; bin < half; bin += 1) bins[bin] = bins[2 * bin]! + bins[2 * bin + 1]!;
  bins.fill(0, half);
}
