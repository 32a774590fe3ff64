/** Measures unscaled inputs over the samples of a data set, and builds the mapping that scales them by their own mean and deviation. */
import type { Dataset, DatasetDescription, ReadContext } from '../dataset';
import type { FeedTensor, FreeDimensions, InputDescription } from '../feeds';
import { imageLayoutOf } from '../free-dimensions';
import { ownValue } from '../../own-value';
import { createInputsReader } from '../read-inputs';
import { floatTypes, tensorNumbers } from '../tensor-numbers';
import type { DataMapping } from './mapping';
import { withOwnScaling, withPlainInputs, type InputStatistics, type Statistics } from './preprocessing-candidates';
import { hasPixels, ownNumbersOf, scalableInputs } from './scalable-inputs';

/** More samples change mean and deviation of pixels by less than a hundredth. A sample has only one number of each column. */
const mostSamples = { pixels: 200, columns: 5_000 } as const;

export interface StatisticsRequest {
  readonly dataset: Dataset;
  readonly mapping: DataMapping;
  /** The inputs of the model. */
  readonly inputs: readonly InputDescription[];
  readonly freeDimensions: FreeDimensions;
}

/**
 * Returns the mapping with standardized inputs of pixels or numeric columns. Each channel or column gets mean 0 and
 * deviation 1 over this data. The statistics come from samples spread over the data (up to 200 for pixels, 5,000 for
 * columns). `inputs` are the names of those inputs. There are none if no input takes pixels or columns, or if such an
 * input takes integers.
 */
export async function standardizeInputs(
  context: ReadContext,
  request: StatisticsRequest,
): Promise<{ readonly mapping: DataMapping; readonly inputs: readonly string[] }> {
  const { mapping, dataset } = request;
  const statistics = await measureInputs(context, request);
  if (statistics === undefined) return { mapping, inputs: [] };
  const inputs = withOwnScaling(mapping, dataset.description, statistics);
  return { mapping: { ...mapping, inputs }, inputs: [...statistics.keys()] };
}

/**
 * Measures the unscaled values of inputs of pixels or columns, by the input's name. Inputs that take no floats are left out. Returns
 * `undefined` if there is no such input, or if no sample can be read.
 */
export async function measureInputs(
  context: ReadContext,
  { dataset, mapping, inputs, freeDimensions }: StatisticsRequest,
  /** The most samples of pixels, because decoding takes time. */
  mostPictures: number = mostSamples.pixels,
): Promise<InputStatistics | undefined> {
  const { description } = dataset;
  const scalable = new Set(scalableInputs(mapping, description));
  const measured = inputs.filter(({ name, dtype }) => scalable.has(name) && floatTypes.has(dtype));
  if (measured.length === 0) return undefined;
  const names = measured.map(({ name }) => name);
  const most = hasPixels(mapping, description, names) ? mostPictures : mostSamples.columns;
  const indices = spread(description.samples, most);
  const read = createInputsReader({ dataset, mapping: withPlainInputs(mapping, names), inputs, freeDimensions });
  const sums = measured.map((input) => [input.name, new ChannelSums(input, mapping, description)] as const);
  for await (const feeds of read(indices, context)) {
    for (const [name, sum] of sums) {
      const tensor = ownValue(feeds, name);
      if (tensor !== undefined) sum.add(tensor);
    }
  }
  const statistics = new Map<string, Statistics>();
  for (const [name, sum] of sums) {
    const known = sum.statistics();
    if (known !== undefined) statistics.set(name, known);
  }
  return statistics.size === measured.length ? statistics : undefined;
}

/** Chooses samples that are spread over all of the data. */
function spread(samples: number, most: number): readonly number[] {
  const count = Math.min(samples, most);
  return Array.from({ length: count }, (_, place) => Math.floor((place * samples) / count));
}

/** Sums of one input for each channel (of pictures in the order red, green, blue) or column. */
class ChannelSums {
  readonly #channelOf: (element: number, elements: number) => number;
  readonly #sums: { count: number; first: number; sum: number; squares: number; least: number; most: number }[] = [];
  readonly #count: number;

  constructor(input: InputDescription, mapping: DataMapping, description: DatasetDescription) {
    const mapped = mapping.inputs[input.name]!;
    const { count, inner } = ownNumbersOf(mapping, input.name, description);
    const isLast = imageLayoutOf(input) === 'NHWC';
    const isReversed = 'image' in mapped && mapped.image.channels === 'bgr';
    this.#count = count;
    this.#channelOf = (element, elements) => {
      const step = inner ?? (isLast ? 1 : elements / count);
      const channel = Math.floor(element / step) % count;
      return isReversed ? count - 1 - channel : channel;
    };
  }

  /** Missing values say nothing. */
  add(tensor: FeedTensor): void {
    const numbers = tensorNumbers(tensor) ?? [];
    numbers.forEach((value, element) => {
      if (!Number.isFinite(value)) return;
      const channel = this.#channelOf(element, numbers.length);
      const sum = (this.#sums[channel] ??= { count: 0, first: value, sum: 0, squares: 0, least: value, most: value });
      // Differences from the first value keep the digits of large numbers that differ little.
      const difference = value - sum.first;
      sum.count++;
      sum.sum += difference;
      sum.squares += difference * difference;
      sum.least = Math.min(sum.least, value);
      sum.most = Math.max(sum.most, value);
    });
  }

  /** Returns `undefined` if nothing was read. A number that is always missing counts as 0. */
  statistics(): Statistics | undefined {
    if (this.#sums.length === 0) return undefined;
    const all = Array.from({ length: this.#count }, (_, channel) => this.#sums[channel]);
    const mean = all.map((sum) => (sum === undefined ? 0 : sum.first + sum.sum / sum.count));
    const std = all.map((sum) =>
      sum === undefined ? 0 : Math.sqrt(Math.max(0, sum.squares / sum.count - (sum.sum / sum.count) ** 2)),
    );
    return { mean, std, least: all.map((sum) => sum?.least ?? 0), most: all.map((sum) => sum?.most ?? 0) };
  }
}
