/** Measures the times of batches of a model on this device. The serving lab draws its service times from them. */
import type { Feeds, FreeDimensions, InputDescription } from '../../engine/data/feeds';
import { freeDimensionsOf, withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { canStack, stackFeeds } from '../../engine/data/mapping/stack-feeds';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { ownValue } from '../../engine/own-value';
import type { SweptSettings } from '../../engine/profiling/sweep';
import type { Progress } from '../../engine/progress';
import { runsAlone } from '../../engine/serving/batch-verdict';
import type { ServedTimes } from '../../engine/serving/text-lengths';
import type { ModelFiles } from '../models/model-files';
import { namedRefusal } from '../session/failure';
import type { HostedSession, SessionHost } from '../session/session-host';
import { settleSession } from '../session/settle-session';
import { proveBatching } from './prove-batching';

export interface BatchesRequest extends SweptSettings {
  readonly files: ModelFiles;
  /** Batch sizes to measure, such as 1, 2, 4, 8. */
  readonly batches: readonly number[];
  readonly seed: number;
  /** Inputs of one sample each, which batches repeat. Absent or empty: inputs are random. */
  readonly samples?: readonly Feeds[];
  /** Wall-clock limit for all sizes together. It reduces the runs of each size to one at least. Unlimited if absent. */
  readonly longestMs?: number;
}

/** Texts of several lengths. Their inputs are random, because samples have lengths of their own. */
export interface TimedTexts {
  /** Tokens: at least one length, the shortest first. */
  readonly lengths: readonly number[];
  /** The keys of the free dimensions that are the length. */
  readonly dimensions: readonly string[];
}

export interface MeasuredBatches extends ServedTimes {
  readonly inputs: 'data' | 'synthetic';
  /** The reason why requests run one by one, as a sentence. */
  readonly fixedBatch?: string;
}

/** Sizes take turns, so that a short disturbance does not bend the curve at one size alone. */
const rounds = 3;
const warmUpRuns = 3;
const settlingMs = 500;
/** The fewest samples of each size in each round. */
const fewestSamples = 4;
const mostSamples = 20;
const msPerTurn = 500;
/** A hundred steps of the clock of an isolated page. Shorter runs are timed together. */
const shortestSampleMs = 0.5;
const mostRunsTogether = 1_000;

/**
 * Times batch sizes in turns, three rounds in one session whose code has settled, each turn after a warm-up. A size
 * takes 60 samples or 1.5 s, and at least twelve samples. A sample is one run. For runs below 0.5 ms, it is the mean of
 * as many runs as take that long together. At least 30 ms are therefore measured of each size. A model with a fixed
 * batch, or a provider that fixes it, is measured with that batch. Rejects as sessions do. A run that is refused for
 * its sizes rejects with a sentence about them.
 */
export async function measureBatches(
  signal: AbortSignal,
  host: SessionHost,
  request: BatchesRequest,
  onProgress: (progress: Progress) => void,
): Promise<MeasuredBatches> {
  const { files, ep, threads, freeDimensions, graphOptimizationLevel, preferredLayout, longestMs = Infinity } = request;
  const startMs = performance.now();
  const session = await host.open(signal, {
    ...{ files, ep, threads, freeDimensions, graphOptimizationLevel, preferredLayout },
    profile: false,
  });
  try {
    const feeds = batchFeeds(session.inputs, request);
    const batches = feeds.isFree ? request.batches : [1];
    const times = batches.map((batch) => ({ batch, samplesMs: [] as number[] }));
    await session.feed(feeds.of(batches[0]!));
    const turns = rounds * times.length;
    /** Each turn may take an equal part of the time that is left. */
    const endOfTurn = (turn: number): number => {
      const now = performance.now();
      return now + Math.max(0, startMs + longestMs - now) / (turns - turn);
    };
    const isOver = (): boolean => performance.now() - startMs > longestMs;
    await settleSession(signal, session, Math.min(settlingMs, longestMs / turns), () => !isOver());
    for (let round = 0; round < rounds && (round === 0 || !isOver()); round++) {
      for (const [index, { batch, samplesMs }] of times.entries()) {
        await session.feed(feeds.of(batch));
        samplesMs.push(...(await sampleRuns(signal, session, endOfTurn(round * times.length + index))));
        const done = round * times.length + index + 1;
        onProgress({ stage: `Timing batches of ${batch}`, done, total: turns });
      }
    }
    return {
      times,
      inputs: feeds.inputs,
      ...(!feeds.isFree && {
        fixedBatch: 'The batch size of this model is fixed, so requests run one at a time.',
      }),
    };
  } catch (error) {
    throw namedRefusal(error, 'The model');
  } finally {
    session.close();
  }
}

/**
 * Measures like `measureBatches`, for a server. Requests that cannot be joined safely are measured one by one, for the
 * reason of the same verdict that a bundle gives. Models that no WASM session runs are measured that way, too. With
 * `texts`, each length is measured in a session of its own.
 */
export async function measureServedBatches(
  signal: AbortSignal,
  host: SessionHost,
  { texts, ...request }: BatchesRequest & { readonly texts?: TimedTexts },
  onProgress: (progress: Progress) => void,
): Promise<MeasuredBatches> {
  onProgress({ stage: 'Comparing batched with single runs', done: 0, total: 1 });
  const batching = await proveBatching(signal, host, request.files, request.freeDimensions);
  const isAlone = runsAlone(batching);
  const asked = isAlone ? { ...request, batches: [1] } : request;
  const isPadded = (batching.padding?.padding ?? null) !== null;
  const measured =
    texts === undefined
      ? await measureBatches(signal, host, asked, onProgress)
      : await measureTexts(signal, host, { ...asked, texts, isPadded }, onProgress);
  return isAlone ? { ...measured, fixedBatch: batching.reason } : measured;
}

async function measureTexts(
  signal: AbortSignal,
  host: SessionHost,
  { texts, isPadded, ...request }: BatchesRequest & { readonly texts: TimedTexts; readonly isPadded: boolean },
  onProgress: (progress: Progress) => void,
): Promise<MeasuredBatches> {
  const measured: { readonly length: number; readonly found: MeasuredBatches }[] = [];
  const count = texts.lengths.length;
  for (const [index, length] of texts.lengths.entries()) {
    const sizes: FreeDimensions = Object.fromEntries(texts.dimensions.map((key) => [key, length]));
    const own = { ...request, samples: [], freeDimensions: { ...request.freeDimensions, ...sizes } };
    const found = await measureBatches(signal, host, own, ({ stage, done, total }) =>
      onProgress({ stage: `${stage}, ${length} tokens`, done: index * total + done, total: count * total }),
    );
    measured.push({ length, found });
  }
  const byLength = measured.map(({ length, found: { times } }) => ({ length, times }));
  return { ...measured[0]!.found, texts: { isPadded, byLength } };
}

interface BatchFeeds {
  /** False if the model, or the provider, takes just one batch size. */
  readonly isFree: boolean;
  readonly inputs: 'data' | 'synthetic';
  of(batch: number): Feeds;
}

/** Inputs for batches of any size: from the given samples if each is one row, else random. */
export function batchFeeds(
  inputs: readonly InputDescription[],
  { ep, freeDimensions, seed, samples = [] }: Pick<BatchesRequest, 'ep' | 'freeDimensions' | 'seed' | 'samples'>,
): BatchFeeds {
  const axes = freeDimensionsOf(inputs).filter(({ isBatch, key }) => isBatch && !Object.hasOwn(freeDimensions, key));
  const isFree = axes.length > 0 && !ep.startsWith('webnn');
  const places = axes.flatMap((axis) => axis.places);
  const isRow = (sample: Feeds): boolean =>
    places.every(({ input, axis }) => ownValue(sample, input)?.dims[axis] === 1 || !isFree);
  const [first, ...others] = samples.filter(isRow);
  if (first !== undefined) {
    const rows = [first, ...others.filter((sample) => canStack(first, sample))];
    const batchAxes = Object.fromEntries(places.map(({ input, axis }) => [input, axis]));
    const rowsOf = (batch: number) => Array.from({ length: batch }, (_, row) => rows[row % rows.length]!);
    return { isFree, inputs: 'data', of: (batch) => stackFeeds(rowsOf(batch), batchAxes) };
  }
  const sizesOf = (batch: number) => ({
    ...freeDimensions,
    ...Object.fromEntries(axes.map(({ key }) => [key, batch])),
  });
  return {
    isFree,
    inputs: 'synthetic',
    of: (batch) => createSyntheticFeeds(inputs, withSuggestedDimensions(inputs, sizesOf(batch)), seed),
  };
}

async function sampleRuns(
  signal: AbortSignal,
  session: Pick<HostedSession, 'time'>,
  untilMs: number,
): Promise<readonly number[]> {
  const isOver = (): boolean => performance.now() > untilMs;
  let lastMs = await session.time(1);
  for (let run = 1; run < warmUpRuns && !isOver(); run++) lastMs = await session.time(1);
  // A few together: the clock may not see one of them.
  const estimateMs = isOver() ? lastMs : (await session.time(warmUpRuns)) / warmUpRuns;
  const together = Math.min(mostRunsTogether, Math.max(1, Math.ceil(shortestSampleMs / Math.max(estimateMs, 1e-4))));
  const samplesMs: number[] = [];
  const startedMs = performance.now();
  const isEnough = (): boolean =>
    samplesMs.length >= fewestSamples &&
    (samplesMs.length >= mostSamples || performance.now() - startedMs >= msPerTurn);
  do {
    signal.throwIfAborted();
    samplesMs.push((await session.time(together)) / together);
  } while (!isEnough() && !isOver());
  return samplesMs;
}

/** 1, 2, 4 … up to the largest batch, which is among them. */
export function batchSizesUpTo(largest: number): readonly number[] {
  const sizes: number[] = [];
  for (let size = 1; size < largest; size *= 2) sizes.push(size);
  return [...sizes, largest];
}
