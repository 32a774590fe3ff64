/** The ranges of values on the calibration data, and the means of the channels that layers compute: what is kept of a sample is a few numbers. */
import { observeValues } from '../../../calibration/observe-values';
import type { CalibrationData } from '../../../data/calibration-data';
import type { FeedTensor } from '../../../data/feeds';
import type { Inference } from '../../../inference';
import type { Model, ValueName } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import type { PassContext } from '../../pass';
import { createWorkMeter } from '../../work-meter';
import { ValueHistogram, type ValueRange } from './value-histogram';

export interface Calibration {
  /** Finite ranges; values that were never seen, or infinite, have none. */
  readonly ranges: ReadonlyMap<ValueName, ValueRange>;
  /** Mean of each channel over samples and positions, for values of which it was asked. */
  readonly means: ReadonlyMap<ValueName, Float64Array>;
  readonly histograms: ReadonlyMap<ValueName, ValueHistogram>;
}

export interface CalibrationRequest {
  readonly model: Model;
  readonly values: readonly ValueName[];
  /** Axis of the channels, by the values whose means are wanted. */
  readonly channelAxes: ReadonlyMap<ValueName, number>;
  readonly needsHistograms: boolean;
}

export interface CalibrationContext extends PassContext {
  readonly data: CalibrationData;
  readonly inference: Inference;
}

/** Runs the model on every sample, twice where histograms are needed: bins need the range. */
export async function calibrate(request: CalibrationRequest, context: CalibrationContext): Promise<Calibration> {
  const { model, values, channelAxes, needsHistograms } = request;
  const meter = createWorkMeter(context, 'Observing activations');
  const passes = needsHistograms ? 2 : 1;
  meter.start(values.length * context.data.samples * passes);
  const sizes = sizesOf(model);
  const observe = (visit: (name: ValueName, values: Float32Array, tensor: FeedTensor) => void): Promise<void> =>
    observeValues({
      signal: context.signal,
      inference: context.inference,
      model,
      values: values.map((name) => ({ name, estimatedBytes: sizes(name) })),
      samples: context.data.samples,
      feeds: () => context.data.feeds(),
      async visit(name, tensor) {
        visit(name, tensor.data as Float32Array, tensor);
        await meter.advance(1);
      },
    });
  const extremes = new Map<ValueName, Extremes>();
  const sums = new Map<ValueName, ChannelSums>();
  await observe((name, data, { dims }) => {
    entryOf(extremes, name, () => new Extremes()).add(data);
    const axis = channelAxes.get(name);
    if (axis !== undefined) entryOf(sums, name, () => new ChannelSums(axis)).add(data, dims);
  });
  const ranges = new Map(
    [...extremes].filter(([, range]) => Number.isFinite(range.minimum) && Number.isFinite(range.maximum)),
  );
  const histograms = new Map<ValueName, ValueHistogram>();
  if (needsHistograms) {
    for (const [name, range] of ranges) histograms.set(name, new ValueHistogram(range));
    await observe((name, data) => histograms.get(name)?.add(data));
  }
  meter.finish();
  return { ranges, histograms, means: new Map([...sums].map(([name, sum]) => [name, sum.means()])) };
}

/** The smallest and the largest number; NaN is neither. */
class Extremes implements ValueRange {
  minimum = Infinity;
  maximum = -Infinity;

  add(values: Float32Array): void {
    let { minimum, maximum } = this;
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at]!;
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
    this.minimum = minimum;
    this.maximum = maximum;
  }
}

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
    const inner = dims.slice(axis + 1).reduce((product, size) => product * size, 1);
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

function entryOf<Entry>(entries: Map<ValueName, Entry>, name: ValueName, create: () => Entry): Entry {
  const known = entries.get(name) ?? create();
  entries.set(name, known);
  return known;
}

/** Bytes of a value for one sample, as far as its shape tells. */
function sizesOf(model: Model): (name: ValueName) => number {
  const inferred = inferModel(model);
  return (name) => {
    const shape = inferred.value(model.graph!, name)?.shape ?? [];
    // A free size is that of the batch more often than not.
    return shape.reduce<number>((product, size) => product * (typeof size === 'number' ? size : 1), 4);
  };
}
