/** Statistics of values on the calibration data. Every sample runs once, and the results are kept for later callers. */
import type { CalibrationData } from '../data/calibration-data';
import type { FeedTensor } from '../data/feeds';
import type { Inference } from '../inference';
import type { Model, ValueName } from '../onnx/graph';
import { inferModel } from '../onnx/infer';
import { observeValues } from './observe-values';
import { addReduced, isLarge, withReductions, type LargeValue, type ReducedModel } from './reduced-values';
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
  /**
   * Ranges and means are enough: histograms of large values may count a part of their numbers. The runtime then reduces these values,
   * and the smallest magnitude is not known. The model has operator set 13 at least.
   */
  readonly needsRanges?: boolean;
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
  const isKnown = (name: ValueName): boolean => {
    const found = known.statistics.get(name);
    const isEnough = found !== undefined && (request.needsRanges === true || !found.countsPart);
    return isEnough && (!channelAxes.has(name) || known.sums.has(name));
  };
  const missing = values.filter((name) => !isKnown(name));
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
  request: StatisticsRequest,
  statistics: ReadonlyMap<ValueName, ValueStatistics>,
  sums: ReadonlyMap<ValueName, ChannelSums>,
): Promise<void> {
  const { signal, inference, data, start, advance } = request;
  start?.(statistics.size * data.samples);
  const shapes = shapesOf(request.model);
  const { model, parts } = reducedBy(request, [...statistics.keys()], shapes);
  const whole = [...statistics.keys()].filter((name) => !parts.has(name));
  const valueOf = new Map([...parts].flatMap(([name, own]) => own.map((part) => [part, name])));
  let found: FeedTensor[] = [];
  await observeValues({
    signal,
    inference,
    model,
    values: [
      ...whole.map((name) => ({ name, estimatedBytes: 4 * elementsOf(shapes(name)) })),
      // A group has all parts of a value, one after the other.
      ...[...valueOf.keys()].map((name) => ({ name, estimatedBytes: 0 })),
    ],
    samples: data.samples,
    feeds: () => data.feeds(),
    async visit(name, tensor) {
      const value = valueOf.get(name);
      if (value === undefined) {
        statistics.get(name)!.add(tensor.data as Float32Array);
        sums.get(name)?.add(tensor.data as Float32Array, tensor.dims);
      } else {
        found.push(tensor);
        if (found.length < parts.get(value)!.length) return;
        addReduced(found, statistics.get(value)!, sums.get(value));
        found = [];
      }
      await advance?.();
    },
  });
}

type ShapeOf = (name: ValueName) => readonly unknown[] | undefined;

function reducedBy(
  { model, channelAxes, needsRanges }: StatisticsRequest,
  values: readonly ValueName[],
  shapes: ShapeOf,
): ReducedModel {
  if (needsRanges !== true) return { model, parts: new Map() };
  const large = values.flatMap((name): LargeValue[] => {
    const shape = shapes(name);
    const elements = elementsOf(shape);
    const axis = channelAxes?.get(name);
    // A sum over no axis would be one over all.
    const hasSums = axis === undefined || shape?.length !== 1;
    return shape !== undefined && isLarge(elements) && hasSums ? [{ name, elements, rank: shape.length, axis }] : [];
  });
  return withReductions(model, large);
}

function shapesOf(model: Model): ShapeOf {
  const inferred = inferModel(model);
  return (name) => inferred.value(model.graph!, name)?.shape;
}

/** A free size is usually that of the batch. */
function elementsOf(shape: readonly unknown[] = []): number {
  return shape.reduce<number>((product, size) => product * (typeof size === 'number' ? size : 1), 1);
}

/** Bytes of a value for one sample, as far as its shape is known. */
export function sizesOf(model: Model): (name: ValueName) => number {
  const shapes = shapesOf(model);
  return (name) => 4 * elementsOf(shapes(name));
}
