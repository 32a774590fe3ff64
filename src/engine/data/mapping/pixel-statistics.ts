/** Mean and deviation of the pixels of a data set, and the mapping that feeds them so. */
import type { Dataset, ReadContext } from '../dataset';
import type { Feeds, FreeDimensions, InputDescription } from '../feeds';
import { imageLayoutOf } from '../free-dimensions';
import { ownValue } from '../../own-value';
import { createInputsReader } from '../read-inputs';
import type { DataMapping } from './mapping';
import { inputsOfPixels, withOwnScaling, withPlainPixels, type PixelStatistics } from './preprocessing-candidates';

/** More change mean and deviation by less than a hundredth. */
const mostSamples = 200;

export interface PixelRequest {
  readonly dataset: Dataset;
  readonly mapping: DataMapping;
  /** Of the model. */
  readonly inputs: readonly InputDescription[];
  readonly freeDimensions: FreeDimensions;
}

/**
 * The mapping with every input of pixels fed with mean 0 and deviation 1 over this data: each channel of pictures by its own, arrays
 * as a whole, by up to 200 samples from all of the data. `inputs`: the names of those inputs, none where nothing is fed pixels or
 * where an input takes integers.
 */
export async function standardisePixels(
  context: ReadContext,
  request: PixelRequest,
): Promise<{ readonly mapping: DataMapping; readonly inputs: readonly string[] }> {
  const { mapping, dataset } = request;
  const names = inputsOfPixels(mapping, dataset.description);
  const { samples } = dataset.description;
  const count = Math.min(samples, mostSamples);
  const indices = Array.from({ length: count }, (_, place) => Math.floor((place * samples) / count));
  const statistics = names.length === 0 ? undefined : await measurePixels(context, request, { names, indices });
  if (statistics === undefined) return { mapping, inputs: [] };
  return { mapping: { ...mapping, inputs: withOwnScaling(mapping, names, statistics) }, inputs: names };
}

/** Over the pixels of these samples as they are fed unscaled; `undefined` where an input takes no floats, or no sample can be read. */
export async function measurePixels(
  context: ReadContext,
  { dataset, mapping, inputs, freeDimensions }: PixelRequest,
  { names, indices }: { readonly names: readonly string[]; readonly indices: readonly number[] },
): Promise<PixelStatistics | undefined> {
  if (inputs.some(({ name, dtype }) => names.includes(name) && !dtype.startsWith('float'))) return undefined;
  const read = createInputsReader({ dataset, mapping: withPlainPixels(mapping, names), inputs, freeDimensions });
  const sums = new ChannelSums(mapping, inputs, names);
  const ascending = indices.toSorted((a, b) => a - b);
  for await (const feeds of read(ascending, context)) sums.add(feeds);
  return sums.statistics();
}

/** In the order red, green, blue. */
class ChannelSums {
  readonly #sums: { count: number; sum: number; squares: number }[] = [];
  readonly #mapping: DataMapping;
  readonly #inputs: readonly InputDescription[];

  constructor(mapping: DataMapping, inputs: readonly InputDescription[], names: readonly string[]) {
    this.#mapping = mapping;
    this.#inputs = inputs.filter(({ name }) => names.includes(name));
  }

  add(feeds: Feeds): void {
    for (const input of this.#inputs) {
      const tensor = ownValue(feeds, input.name);
      if (!(tensor?.data instanceof Float32Array)) continue;
      const mapped = this.#mapping.inputs[input.name]!;
      const channels = 'image' in mapped && mapped.image.channels !== 'gray' ? 3 : 1;
      const isLast = imageLayoutOf(input) === 'NHWC';
      const plane = tensor.data.length / channels;
      const isReversed = 'image' in mapped && mapped.image.channels === 'bgr';
      tensor.data.forEach((value, index) => {
        const channel = isLast ? index % channels : Math.floor(index / plane) % channels;
        const total = (this.#sums[isReversed ? 2 - channel : channel] ??= { count: 0, sum: 0, squares: 0 });
        total.count++;
        total.sum += value;
        total.squares += value * value;
      });
    }
  }

  statistics(): PixelStatistics | undefined {
    if (this.#sums.length === 0) return undefined;
    const mean = this.#sums.map(({ sum, count }) => sum / count);
    const std = this.#sums.map(({ squares, count }, index) =>
      Math.sqrt(Math.max(0, squares / count - mean[index]! ** 2)),
    );
    return { mean, std };
  }
}
