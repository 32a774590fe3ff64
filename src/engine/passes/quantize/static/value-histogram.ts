/** How often which numbers were seen, and the range that a quantizer should cover of them. */
import { affineParameters, representableRange, type AffineOptions } from '../affine';
import { float32Format } from '../float-format';
import { roundHalfEven } from '../../../round-half-even';

export interface ValueRange {
  readonly minimum: number;
  readonly maximum: number;
}

const binCount = 4096;

export class ValueHistogram implements ValueRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly counts = new Float64Array(binCount);

  constructor({ minimum, maximum }: ValueRange) {
    this.minimum = minimum;
    this.maximum = maximum;
  }

  add(values: Float32Array): void {
    const { minimum, counts } = this;
    const scale = this.maximum > minimum ? binCount / (this.maximum - minimum) : 0;
    for (let at = 0; at < values.length; at += 1) {
      const bin = Math.floor((values[at]! - minimum) * scale);
      if (bin >= 0) counts[Math.min(bin, binCount - 1)]!++;
    }
  }

  /** The left edge of a bin. */
  edge(bin: number): number {
    return this.minimum + ((this.maximum - this.minimum) * bin) / binCount;
  }

  /** The range without the rarest values: half of what `percent` leaves out at each end. */
  percentileRange(percent: number): ValueRange {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    const cut = ((100 - percent) / 200) * total;
    const low = this.#binWhere((below) => below > cut);
    const high = this.#binWhere((below) => below >= total - cut);
    return { minimum: Math.fround(this.edge(low)), maximum: Math.fround(this.edge(high + 1)) };
  }

  /** The range with the least squared error of rounding and cutting off, over a grid of both ends. */
  leastErrorRange(options: AffineOptions): ValueRange {
    const isOneSided = this.minimum >= 0 || this.maximum <= 0;
    const shares = isOneSided ? evenly(1, 0.2, 60) : evenly(1, 0.3, 24);
    let best: ValueRange = { minimum: this.minimum, maximum: this.maximum };
    let least = Infinity;
    for (const high of this.maximum > 0 ? shares : [1]) {
      for (const low of this.minimum < 0 ? shares : [1]) {
        const range = { minimum: Math.fround(this.minimum * low), maximum: Math.fround(this.maximum * high) };
        const error = this.#error(range, options, least);
        if (error < least) {
          least = error;
          best = range;
        }
      }
    }
    return best;
  }

  #binWhere(found: (below: number) => boolean): number {
    let below = 0;
    for (let bin = 0; bin < binCount; bin += 1) {
      below += this.counts[bin]!;
      if (found(below)) return bin;
    }
    return binCount - 1;
  }

  #error({ minimum, maximum }: ValueRange, options: AffineOptions, most: number): number {
    const { scale, zeroPoint } = affineParameters(minimum, maximum, options, float32Format);
    const { lowest, highest } = representableRange(options.type);
    let error = 0;
    for (let bin = 0; bin < binCount && error < most; bin += 1) {
      const count = this.counts[bin]!;
      if (count === 0) continue;
      const value = this.edge(bin + 0.5);
      const code = Math.min(highest, Math.max(lowest, roundHalfEven(value / scale) + zeroPoint));
      error += count * (value - (code - zeroPoint) * scale) ** 2;
    }
    return error;
  }
}

function evenly(from: number, to: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + ((to - from) * index) / (count - 1));
}
