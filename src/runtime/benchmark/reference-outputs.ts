import type { Feeds, FreeDimensions, InputDescription } from '../../engine/data/feeds';
import { mostComparedInputs } from '../../engine/metrics/cell';
import { createSyntheticFeeds, kindsOfInputs } from '../../engine/data/synthetic';
import { pictureKindOf } from '../../engine/data/synthetic-pictures';
import { freeDimensionsOf, withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { wallClock, type Clock } from './budget';
import { describeRandomness } from '../../engine/metrics/describe-randomness';
import { feedsSizeBytes } from '../session/feeds-size';
import type { HostedSession, SessionHost } from '../session/session-host';
import type { ModelFiles } from '../models/model-files';

/** Wall-clock limit. */
const longestMs = 2_000;
/** The limit of a slow model for one input of each kind. */
const longestOfKindsMs = 60_000;
const mostOutputBytes = 256 * 1024 * 1024;

interface InputsAndOutputs {
  readonly feeds: Feeds;
  readonly outputs: Feeds;
}

/** The reference of every cell's outputs: the original's on WASM, on the same inputs. */
export interface Reference {
  readonly sets: readonly InputsAndOutputs[];
  /** The number of kinds of inputs, which come in turns. Outputs are compared on each kind. */
  readonly kinds: number;
  readonly inputs: 'synthetic' | 'data';
  readonly freeDimensions: FreeDimensions;
  readonly batch: number;
  /** The reason why these outputs are no reference, because the original does not repeat them, as a sentence. */
  readonly problem?: string;
}

export interface ReferenceRequest {
  readonly original: ModelFiles;
  readonly freeDimensions: FreeDimensions;
  /** Inputs made from data. Inputs with the measured shapes are preferred to random ones. */
  readonly feeds?: readonly Feeds[] | null;
  /** Inputs that the original has run on with the same number of threads: they are not run again if they have the measured shapes. */
  readonly known?: readonly InputsAndOutputs[];
  /** The inputs of the original. With them, no session opens if known runs have the measured shapes. */
  readonly inputs?: readonly InputDescription[];
  readonly seed: number;
  readonly threads: number;
  /** Sets every free dimension that counts samples. */
  readonly batch?: number;
}

export async function runReference(
  signal: AbortSignal,
  host: SessionHost,
  request: ReferenceRequest,
  now: Clock = wallClock,
  onFirstRun: (firstRunMs: number) => void = () => undefined,
): Promise<Reference> {
  const early = request.inputs && knownReference(request.inputs, request);
  if (early !== undefined) return early;
  const session = await host.open(signal, {
    files: request.original,
    ep: 'wasm',
    threads: request.threads,
    freeDimensions: request.freeDimensions,
    profile: false,
  });
  try {
    const known = knownReference(session.inputs, request);
    if (known !== undefined) return known;
    const freeDimensions = chooseDimensions(session.inputs, request);
    const synthetic = (set: number) =>
      createSyntheticFeeds(session.inputs, freeDimensions, request.seed + set, pictureKindOf(set));
    const first = synthetic(0);
    const alike = (request.feeds ?? []).filter((feeds) => areAlike(feeds, first));
    const ofData = alike.length > 0;
    const kinds = ofData ? 1 : kindsOfInputs(session.inputs);
    const sets = await runSets(signal, session, {
      feedsOf: ofData ? (set) => alike[set] : synthetic,
      fewest: kinds,
      now,
      onFirstRun,
    });
    // The inputs that were fed last once more.
    signal.throwIfAborted();
    const problem = describeRandomness(sets.at(-1)!.outputs, (await session.run()).outputs);
    const inputs = ofData ? 'data' : 'synthetic';
    const batch = batchOf(sets[0]!.feeds);
    return { sets, kinds, inputs, freeDimensions, batch, ...(problem !== undefined && { problem }) };
  } finally {
    session.close();
  }
}

/** The known runs with the measured shapes. `undefined`: there are none. */
function knownReference(inputs: readonly InputDescription[], request: ReferenceRequest): Reference | undefined {
  const { known = [], seed } = request;
  if (known.length === 0) return undefined;
  const freeDimensions = chooseDimensions(inputs, request);
  const first = createSyntheticFeeds(inputs, freeDimensions, seed);
  const sets = known.filter(({ feeds }) => areAlike(feeds, first)).slice(0, mostComparedInputs);
  return sets.length === 0 ? undefined : { sets, kinds: 1, inputs: 'data', freeDimensions, batch: batchOf(first) };
}

interface SetsContext {
  readonly feedsOf: (set: number) => Feeds | undefined;
  /** A slow model runs on so many, within a longer limit. */
  readonly fewest: number;
  readonly now: Clock;
  readonly onFirstRun: (firstRunMs: number) => void;
}

async function runSets(
  signal: AbortSignal,
  session: HostedSession,
  { feedsOf, fewest, now, onFirstRun }: SetsContext,
): Promise<Reference['sets']> {
  const sets: InputsAndOutputs[] = [];
  const startMs = now();
  let totalBytes = 0;
  const hasTime = () => now() - startMs < (sets.length < fewest ? longestOfKindsMs : longestMs);
  while (sets.length < mostComparedInputs && hasTime() && totalBytes < mostOutputBytes) {
    signal.throwIfAborted();
    const feeds = feedsOf(sets.length);
    if (feeds === undefined) break;
    await session.feed(feeds);
    const { outputs, ms } = await session.run();
    if (sets.length === 0) onFirstRun(ms);
    sets.push({ feeds, outputs });
    totalBytes += feedsSizeBytes(feeds) + feedsSizeBytes(outputs);
  }
  return sets;
}

function chooseDimensions(
  inputs: readonly InputDescription[],
  { freeDimensions, batch }: ReferenceRequest,
): FreeDimensions {
  if (batch === undefined) return withSuggestedDimensions(inputs, freeDimensions);
  const batched = freeDimensionsOf(inputs)
    .filter(({ isBatch }) => isBatch)
    .map(({ key }) => [key, batch] as const);
  return withSuggestedDimensions(inputs, { ...Object.fromEntries(batched), ...freeDimensions });
}

/**
 * True if both have the same types and shapes, so that the timed work and the fixed sizes of sessions stay the same.
 */
function areAlike(a: Feeds, b: Feeds): boolean {
  const describe = (feeds: Feeds) =>
    JSON.stringify(
      Object.entries(feeds)
        .map(([name, { dtype, dims }]) => [name, dtype, dims] as const)
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  return describe(a) === describe(b);
}

/** The batch is by convention the first dimension of the first input that has one. */
function batchOf(feeds: Feeds): number {
  return Object.values(feeds).find(({ dims }) => dims.length > 1)?.dims[0] ?? 1;
}
