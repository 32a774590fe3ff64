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
  /** The histogram counts a part of the numbers, and the smallest magnitude is not known. */
  countsPart = false;
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
    this.#addRange({ minimum, maximum });
    this.histogram.add(values, minimum, maximum);
  }

  /** A part of the values of one sample, which the histogram counts, with the range of all of them. */
  addPart(part: Float32Array, whole: ValueRange & { readonly isFinite: boolean }): void {
    this.countsPart = true;
    if (!whole.isFinite) this.notFinite += 1;
    if (!whole.isFinite || part.length === 0) return;
    this.#addRange(whole);
    this.histogram.add(part, whole.minimum, whole.maximum);
  }

  #addRange({ minimum, maximum }: ValueRange): void {
    this.minimum = Math.min(this.minimum, minimum);
    this.maximum = Math.max(this.maximum, maximum);
    this.#samples += 1;
    this.#sumOfMinima += minimum;
    this.#sumOfMaxima += maximum;
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

  /** The sums of the channels of one sample with so many values. */
  addSums(sums: Float32Array, values: number): void {
    if (this.#sums.length !== sums.length) this.#sums = new Float64Array(sums.length);
    sums.forEach((sum, channel) => (this.#sums[channel]! += sum));
    this.#count += values / sums.length;
  }

  means(): Float64Array {
    return this.#sums.map((sum) => sum / this.#count);
  }
}
