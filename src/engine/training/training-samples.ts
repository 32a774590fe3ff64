/** The samples of a run in memory: part of them to train with, part held out. */
import { isHeldOut } from '../calibration/held-out';
import type { LabeledFeeds } from '../data/calibration-data';
import type { Feeds, FeedTensor } from '../data/feeds';
import { canStack, stackFeeds } from '../data/mapping/stack-feeds';
import type { SeededRandom } from '../seeded-random';

/** The memory bound. Samples beyond it are left out. */
const mostSampleBytes = 512 * 2 ** 20;
/** Fewer samples are too few to train and to evaluate with. */
export const fewestSamples = 16;
const heldOutShare = 1 / 8;
const usualHeldOut = 64;

export interface TrainingSample extends LabeledFeeds {
  /** No pass fits anything to it. */
  readonly mayBeHeldOut: boolean;
}

export interface CollectedSamples {
  readonly samples: readonly TrainingSample[];
  /** Those that do not fit the static shape of a step, and those beyond the memory bound. */
  readonly leftOut: number;
}

/**
 * Reads samples until memory is full. A step has one static shape: texts are cut to one length, and other samples need the shape of the
 * first.
 */
export async function collectSamples(all: AsyncIterable<LabeledFeeds>): Promise<CollectedSamples> {
  const read: TrainingSample[] = [];
  let bytes = 0;
  let position = 0;
  for await (const sample of all) {
    const mayBeHeldOut = isHeldOut(position++);
    const first = read[0]?.feeds ?? sample.feeds;
    bytes += sizeBytesOf(sample.feeds);
    if (canStack(first, sample.feeds) && bytes <= mostSampleBytes) read.push({ ...sample, mayBeHeldOut });
  }
  const samples = cutToOneLength(read);
  return { samples, leftOut: position - samples.length };
}

/** Cuts texts to the length that keeps the most tokens, without those that are shorter. */
function cutToOneLength(samples: readonly TrainingSample[]): readonly TrainingSample[] {
  const lengths = samples.map(({ feeds }) => lengthOf(feeds));
  const falling = lengths.toSorted((a, b) => b - a);
  const kept = falling.map((length, shorter) => length * (shorter + 1));
  const length = falling[kept.indexOf(Math.max(...kept))];
  if (length === undefined || length === 0) return samples;
  return samples
    .filter((_, index) => lengths[index]! >= length)
    .map((sample) => ({
      ...sample,
      feeds: Object.fromEntries(Object.entries(sample.feeds).map(([name, tensor]) => [name, cut(tensor, length)])),
    }));
}

/** The number of tokens; 0 for a sample that is no text. */
function lengthOf(feeds: Feeds): number {
  return Math.max(0, ...Object.values(feeds).map(({ dims, filling }) => (filling === undefined ? 0 : dims.at(-1)!)));
}

function cut(tensor: FeedTensor, length: number): FeedTensor {
  const { dims, data, filling } = tensor;
  const whole = dims.at(-1) ?? 0;
  if (filling === undefined || whole === length) return tensor;
  const first = filling.isLeft ? whole - length : 0;
  const isKept = (_: unknown, index: number): boolean => index % whole >= first && index % whole < first + length;
  return { ...tensor, dims: [...dims.slice(0, -1), length], data: (data as Int32Array).filter(isKept) };
}

function sizeBytesOf(feeds: Feeds): number {
  return Object.values(feeds).reduce(
    (sum, { data }) => sum + ('byteLength' in data ? data.byteLength : 64 * data.length),
    0,
  );
}

/** One run of the step: stacked inputs, and a label for each sample if there are any. */
export interface TrainingBatch {
  readonly feeds: Feeds;
  readonly labels: readonly (Float64Array | undefined)[];
}

export class TrainingSamples {
  readonly batch: number;
  readonly heldOut: readonly TrainingBatch[];
  /** The samples of these batches, in order. */
  readonly heldOutSamples: readonly LabeledFeeds[];
  readonly trainingSamples: readonly LabeledFeeds[];
  readonly #batchAxes: Readonly<Record<string, number>>;
  readonly #random: SeededRandom;
  #order: number[] = [];

  /**
   * Holds out whole batches, an eighth of the samples and at least 64, from samples that no pass is fitted to.
   *
   * @param batchAxes the batch axis of each input that has one; without any, batches are single samples.
   */
  constructor(
    samples: readonly TrainingSample[],
    wantedBatch: number,
    batchAxes: Readonly<Record<string, number>>,
    random: SeededRandom,
  ) {
    const order = shuffled(samples.length, random).map((index) => samples[index]!);
    const possible = order.filter(({ mayBeHeldOut }) => mayBeHeldOut);
    const most = possible.length;
    const wanted = Math.min(most, Math.max(usualHeldOut, Math.round(samples.length * heldOutShare)));
    this.#batchAxes = batchAxes;
    this.#random = random;
    this.batch = Object.keys(batchAxes).length === 0 ? 1 : Math.min(wantedBatch, wanted);
    const held = Math.floor(wanted / this.batch) * this.batch;
    this.heldOutSamples = possible.slice(0, held);
    const heldOut = new Set<LabeledFeeds>(this.heldOutSamples);
    this.trainingSamples = order.filter((sample) => !heldOut.has(sample));
    this.heldOut = Array.from({ length: held / this.batch }, (_, index) =>
      this.#stack(this.heldOutSamples.slice(index * this.batch, (index + 1) * this.batch)),
    );
  }

  /** Samples to train with as whole batches, each sample in one. */
  trainingBatches(): readonly TrainingBatch[] {
    const { batch, trainingSamples } = this;
    return Array.from({ length: Math.floor(trainingSamples.length / batch) }, (_, index) =>
      this.#stack(trainingSamples.slice(index * batch, (index + 1) * batch)),
    );
  }

  /** The next batch: every sample once before any comes again. Its tensors belong to the caller. */
  next(): TrainingBatch {
    const chosen: LabeledFeeds[] = [];
    while (chosen.length < this.batch) {
      if (this.#order.length === 0) this.#order = shuffled(this.trainingSamples.length, this.#random);
      chosen.push(this.trainingSamples[this.#order.pop()!]!);
    }
    return this.#stack(chosen);
  }

  #stack(samples: readonly LabeledFeeds[]): TrainingBatch {
    const stacked = stackFeeds(
      samples.map(({ feeds }) => feeds),
      this.#batchAxes,
    );
    // A single sample is not copied by stacking.
    const feeds = samples.length > 1 ? stacked : copyOf(stacked);
    return { feeds, labels: samples.map(({ label }) => label) };
  }
}

function copyOf(feeds: Feeds): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]),
  );
}

/** Fisher and Yates. */
function shuffled(count: number, random: SeededRandom): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
