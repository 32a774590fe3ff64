/** Statistics of a value over all samples, whatever their number and size. */
import { GrowingHistogram } from './growing-histogram';
import { productOf } from '../product-of';

export interface ValueRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Statistics of the finite numbers; `notFinite` counts the others. */
export class ValueStatistics implements ValueRange {
  minimum = Infinity;
  maximum = -Infinity;
  /** The smallest magnitude. */
  smallest = Infinity;
  notFinite = 0;
  readonly histogram = new GrowingHistogram();
  #samples = 0;
  #sumOfMinima = 0;
  #sumOfMaxima = 0;

  /** The values of one sample. */
  add(values: Float32Array): void {
    let minimum = Infinity;
    let maximum = -Infinity;
    let smallest = this.smallest;
    let notFinite = 0;
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at]!;
      if (!(value > -Infinity && value < Infinity)) notFinite += 1;
      else {
        if (value < minimum) minimum = value;
        if (value > maximum) maximum = value;
        const magnitude = value < 0 ? -value : value;
        if (magnitude < smallest) smallest = magnitude;
      }
    }
    this.notFinite += notFinite;
    if (minimum > maximum) return;
    this.smallest = smallest;
    this.minimum = Math.min(this.minimum, minimum);
    this.maximum = Math.max(this.maximum, maximum);
    this.#samples += 1;
    this.#sumOfMinima += minimum;
    this.#sumOfMaxima += maximum;
    this.histogram.add(values, minimum, maximum);
  }

  /** The mean over samples of the smallest, and of the largest number of each. */
  get meanRange(): ValueRange {
    return {
      minimum: Math.fround(this.#sumOfMinima / this.#samples),
      maximum: Math.fround(this.#sumOfMaxima / this.#samples),
    };
  }
}

/** The mean of each channel over samples and positions. */
export class ChannelSums {
  readonly #axis: number;
  #sums = new Float64Array(0);
  #count = 0;

  /** @param axis of the channels; negative from the end. */
  constructor(axis: number) {
    this.#axis = axis;
  }

  add(values: Float32Array, dims: readonly number[]): void {
    const axis = this.#axis < 0 ? dims.length + this.#axis : this.#axis;
    const channels = dims[axis]!;
    const inner = productOf(dims.slice(axis + 1));
    if (this.#sums.length !== channels) this.#sums = new Float64Array(channels);
    for (let start = 0, channel = 0; start < values.length; start += inner) {
      let sum = 0;
      for (let at = start; at < start + inner; at += 1) sum += values[at]!;
      this.#sums[channel]! += sum;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
    this.#count += values.length / channels;
  }

  means(): Float64Array {
    return this.#sums.map((sum) => sum / this.#count);
  }
}
