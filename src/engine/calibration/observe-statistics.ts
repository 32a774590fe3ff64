/** Statistics of values on the calibration data. Every sample runs once, and the results are kept for later callers. */
import type { CalibrationData } from '../data/calibration-data';
import type { Inference } from '../inference';
import type { Model, ValueName } from '../onnx/graph';
import { inferModel } from '../onnx/infer';
import { observeValues } from './observe-values';
import { ChannelSums, ValueStatistics } from './value-statistics';

export interface StatisticsRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly data: CalibrationData;
  readonly model: Model;
  /**
   * The model from which steps that keep every value derived this one. Statistics are kept with it. Absent if it is the
   * model itself.
   */
  readonly madeOf?: Model;
  /** float32 values of the model's own graph. */
  readonly values: readonly ValueName[];
  /** Axis of the channels, by the values of whose channels the means are wanted. */
  readonly channelAxes?: ReadonlyMap<ValueName, number>;
  /** Receives the amount of work, in values of samples. It is not called if all is known. */
  start?(work: number): void;
  /** Runs after each value of each sample. */
  advance?(): Promise<void>;
}

export interface ObservedStatistics {
  readonly statistics: ReadonlyMap<ValueName, ValueStatistics>;
  readonly means: ReadonlyMap<ValueName, Float64Array>;
}

interface Known {
  readonly fingerprint: string;
  readonly statistics: Map<ValueName, ValueStatistics>;
  readonly sums: Map<ValueName, ChannelSums>;
}

/** Statistics by the model as an object: a caller that keeps it for another run finds the statistics of the last. */
const knownOf = new WeakMap<Model, Known>();

/**
 * Returns the statistics of each value. Values that are known from an earlier call with the same model and data cost no
 * run; data without a fingerprint is observed each time. Memory depends neither on the number of samples nor on the
 * size of values. Rejects as `observeValues` does, and then keeps no partial statistics.
 */
export async function observeStatistics(request: StatisticsRequest): Promise<ObservedStatistics> {
  const { model, data, values, channelAxes = new Map<ValueName, number>() } = request;
  const known = knownFor(request.madeOf ?? model, data);
  const missing = values.filter(
    (name) => !known.statistics.has(name) || (channelAxes.has(name) && !known.sums.has(name)),
  );
  if (missing.length > 0) {
    const sums = new Map(
      missing.flatMap((name) => {
        const axis = channelAxes.get(name);
        return axis === undefined ? [] : [[name, new ChannelSums(axis)] as const];
      }),
    );
    const statistics = new Map(missing.map((name) => [name, new ValueStatistics()]));
    await observe(request, statistics, sums);
    for (const [name, found] of statistics) known.statistics.set(name, found);
    for (const [name, found] of sums) known.sums.set(name, found);
  }
  return {
    statistics: new Map(values.map((name) => [name, known.statistics.get(name)!])),
    means: new Map([...channelAxes.keys()].map((name) => [name, known.sums.get(name)!.means()])),
  };
}

function knownFor(model: Model, { fingerprint }: CalibrationData): Known {
  const found = knownOf.get(model);
  if (found && fingerprint !== '' && found.fingerprint === fingerprint) return found;
  const known: Known = { fingerprint, statistics: new Map(), sums: new Map() };
  knownOf.set(model, known);
  return known;
}

async function observe(
  { signal, inference, data, model, start, advance }: StatisticsRequest,
  statistics: ReadonlyMap<ValueName, ValueStatistics>,
  sums: ReadonlyMap<ValueName, ChannelSums>,
): Promise<void> {
  start?.(statistics.size * data.samples);
  const sizes = sizesOf(model);
  await observeValues({
    signal,
    inference,
    model,
    values: Array.from(statistics.keys(), (name) => ({ name, estimatedBytes: sizes(name) })),
    samples: data.samples,
    feeds: () => data.feeds(),
    async visit(name, { data: numbers, dims }) {
      statistics.get(name)!.add(numbers as Float32Array);
      sums.get(name)?.add(numbers as Float32Array, dims);
      await advance?.();
    },
  });
}

/** Bytes of a value for one sample, as far as its shape tells. */
export function sizesOf(model: Model): (name: ValueName) => number {
  const inferred = inferModel(model);
  return (name) => {
    const shape = inferred.value(model.graph!, name)?.shape ?? [];
    // A free size is that of the batch more often than not.
    return shape.reduce<number>((product, size) => product * (typeof size === 'number' ? size : 1), 4);
  };
}
