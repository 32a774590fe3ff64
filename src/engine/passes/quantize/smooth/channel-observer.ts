import type { FeedTensor } from '../../../data/feeds';
import type { ObservedChannels } from './smoothing';

/** Rows that are kept of a value, to fit and to judge. */
const mostRows = 128;

/** What is seen of a value, channel by channel on its last axis; rows of samples that fit and of those held out. */
export class ChannelObserver {
  readonly #minimum: Float64Array;
  readonly #maximum: Float64Array;
  readonly #fitted: Float32Array[] = [];
  readonly #held: Float32Array[] = [];
  readonly #rowsOfSample: number;

  constructor(channels: number, samples: number) {
    this.#minimum = new Float64Array(channels);
    this.#maximum = new Float64Array(channels);
    this.#rowsOfSample = Math.max(1, Math.ceil((2 * mostRows) / samples));
  }

  /** @param sample its place among all: rows begin elsewhere from one to the next. */
  add({ data }: FeedTensor, isHeldOut: boolean, sample: number): void {
    const values = data as Float32Array;
    const channels = this.#minimum.length;
    const rows = Math.floor(values.length / channels);
    if (!isHeldOut) this.#widen(values);
    const kept = isHeldOut ? this.#held : this.#fitted;
    for (let index = 0; index < Math.min(rows, this.#rowsOfSample) && kept.length < mostRows; index += 1) {
      const row = (Math.floor((index * rows) / this.#rowsOfSample) + sample) % rows;
      kept.push(values.slice(row * channels, (row + 1) * channels));
    }
  }

  get fitted(): ObservedChannels {
    return { minimum: this.#minimum, maximum: this.#maximum, rows: this.#fitted };
  }

  /** The ranges are those of the samples that fit: what others have beyond them is cut off. */
  get held(): ObservedChannels {
    return { ...this.fitted, rows: this.#held.length > 0 ? this.#held : this.#fitted };
  }

  #widen(values: Float32Array): void {
    const channels = this.#minimum.length;
    for (let start = 0; start + channels <= values.length; start += channels) {
      for (let channel = 0; channel < channels; channel += 1) {
        const value = values[start + channel]!;
        if (value < this.#minimum[channel]!) this.#minimum[channel] = value;
        if (value > this.#maximum[channel]!) this.#maximum[channel] = value;
      }
    }
  }
}
