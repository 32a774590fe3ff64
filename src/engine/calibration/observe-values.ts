/** Values of a model on each calibration sample, as a stream: memory depends neither on their number nor on that of the samples. */
import type { Feeds, FeedTensor } from '../data/feeds';
import type { Inference, InferenceOptions } from '../inference';
import type { Model } from '../onnx/graph';
import { ownValue } from '../own-value';

export interface ObservedValue {
  /** The name of a value of the model's own graph. */
  readonly name: string;
  /** Estimated bytes for one sample, which bound the groups. */
  readonly estimatedBytes: number;
}

export interface ObserveRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly model: Model;
  readonly values: readonly ObservedValue[];
  /** The samples, in order; asked for once for each group of values. */
  feeds(): AsyncIterable<Feeds> | Iterable<Feeds>;
  /** Receives each value of each sample. Samples come in order, those of one group of values after those of another. */
  visit(name: string, tensor: FeedTensor, sample: number): void | Promise<void>;
  /** Runs after each run, with the share that is done. */
  progress?(done: number, total: number): void;
  /** The number of samples, for progress. */
  readonly samples: number;
  readonly options?: Omit<InferenceOptions, 'outputs' | 'resident'>;
  /** Bytes of values that are held at once. A value that is larger makes a group by itself. */
  readonly mostBytes?: number;
}

const usualMostBytes = 128 * 2 ** 20;

/**
 * Runs the model on every sample with the wanted values as outputs, in as few sessions as the bound allows, one after the other.
 * Values are read as the graph is written unless the options say otherwise: fusions of the runtime would do away with them.
 * Rejects as `Inference.open` and its runs do.
 */
export async function observeValues(request: ObserveRequest): Promise<void> {
  const { signal, inference, model, values, samples, mostBytes = usualMostBytes } = request;
  const groups = groupBySize(values, ({ estimatedBytes }) => estimatedBytes, mostBytes);
  const total = Math.max(1, groups.length * samples);
  let done = 0;
  for (const observed of groups) {
    const group = observed.map(({ name }) => name);
    const session = await inference.open(signal, model, {
      threads: 'device',
      optimization: 'as-written',
      ...request.options,
      outputs: group,
    });
    try {
      let sample = 0;
      for await (const feeds of request.feeds()) {
        const found = await session.run(feeds);
        for (const name of group) await request.visit(name, ownValue(found, name)!, sample);
        sample++;
        request.progress?.(Math.min(++done, total), total);
      }
    } finally {
      session.close();
    }
  }
}

/** Groups items in order, as many in a group as fit. A larger item makes a group by itself. */
export function groupBySize<Item>(
  items: readonly Item[],
  sizeOf: (item: Item) => number,
  most: number,
): readonly (readonly Item[])[] {
  const groups: Item[][] = [];
  let held = Infinity;
  for (const item of items) {
    const size = sizeOf(item);
    if (held + size > most) {
      groups.push([]);
      held = 0;
    }
    groups.at(-1)!.push(item);
    held += size;
  }
  return groups;
}
