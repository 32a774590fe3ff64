/** Runs an original and its variant on the same samples, and compares some of the values that both compute. */
import type { ComparableValue } from '../../engine/analysis/comparable-values';
import type { LocalPart } from '../../engine/analysis/local-part';
import type { Feeds } from '../../engine/data/feeds';
import { ParetoError } from '../../engine/errors';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { OutputComparison, type OutputFigures } from '../../engine/metrics/output-match';
import type { Model } from '../../engine/onnx/graph';
import { withOutputs } from '../../engine/onnx/parts/with-outputs';
import { describeFailure } from '../session/failure';
import { blobOfModel } from '../files/model-blob';
import type { ModelFiles } from '../models/model-files';
import type { HostedSession, SessionHost } from '../session/session-host';
import { ownValue } from '../../engine/own-value';

export interface ComparedModel {
  readonly files: ModelFiles;
  readonly model: Model;
  /** The name in messages: `The original`. */
  readonly who: string;
  /** If absent: WASM. */
  readonly ep?: ExecutionProvider;
}

export interface ComparedGroup {
  readonly original: ComparedModel;
  readonly variant: ComparedModel;
  readonly threads: number;
  readonly feeds: readonly Feeds[];
  readonly values: readonly ComparableValue[];
  /** The part of the variant that computes some of these values from values of the original. */
  readonly part: LocalPart;
}

export interface ValueFigures extends OutputFigures {
  /** The SQNR of the part of the variant alone; `null` if the part lacks the value, or could not be run or compared. */
  readonly localSqnrDb: number | null;
}

/**
 * Each model in a session of its own, without the runtime's fusions, which would do away with the values. Sessions end with
 * the call. Throws `sqnr/failed` when a model does not run; a part that does not run alone has no figure.
 */
export async function compareNodeValues(
  signal: AbortSignal,
  sessions: SessionHost,
  { original, variant, threads, feeds, values, part }: ComparedGroup,
  onSample: (share: number) => void,
): Promise<ReadonlyMap<ComparableValue, ValueFigures>> {
  const opened: HostedSession[] = [];
  const open = async (compared: ComparedModel): Promise<HostedSession> => {
    const session = await openOn(signal, sessions, compared, threads);
    opened.push(session);
    return session;
  };
  try {
    const wanted = new Set([...values.map(({ a }) => a.value), ...part.fed.values()]);
    const left = await open({ ...original, model: withOutputs(original.model, [...wanted]) });
    const rightOutputs = values.map(({ b }) => b.value);
    const right = await open({ ...variant, model: withOutputs(variant.model, rightOutputs) });
    const ofPart = [...part.outputs.keys()];
    const alone = ofPart.length === 0 ? null : await orNull(signal, open({ ...variant, model: part.model }));
    const comparison = new OutputComparison();
    const local = alone === null ? null : new OutputComparison();
    for (const [index, sample] of feeds.entries()) {
      signal.throwIfAborted();
      const expected = await runOn(signal, left, sample, original);
      const actual = await runOn(signal, right, sample, variant);
      comparison.add(...underOneName(values, expected, ({ b }) => actual[b.value]));
      const partOutputs =
        alone && (await orNull(signal, runOn(signal, alone, partFeeds(part, sample, expected), variant)));
      if (partOutputs) local?.add(...underOneName(ofPart, expected, (value) => partOutputs[part.outputs.get(value)!]));
      onSample((index + 1) / feeds.length);
    }
    return figuresOf(values, comparison, local);
  } finally {
    for (const session of opened) session.close();
  }
}

async function openOn(
  signal: AbortSignal,
  sessions: SessionHost,
  compared: ComparedModel,
  threads: number,
): Promise<HostedSession> {
  try {
    return await sessions.open(signal, {
      files: { ...compared.files, model: blobOfModel(compared.model) },
      ep: compared.ep ?? 'wasm',
      threads,
      freeDimensions: {},
      profile: false,
      graphOptimizationLevel: 'disabled',
    });
  } catch (error) {
    throw failureOf(signal, error, compared);
  }
}

async function runOn(
  signal: AbortSignal,
  session: HostedSession,
  sample: Feeds,
  compared: ComparedModel,
): Promise<Feeds> {
  try {
    return (await session.run(sample)).outputs;
  } catch (error) {
    throw failureOf(signal, error, compared);
  }
}

function failureOf(signal: AbortSignal, error: unknown, { who, ep = 'wasm' }: ComparedModel): unknown {
  return signal.aborted ? error : new ParetoError('sqnr/failed', describeFailure(error, who, ep), { cause: error });
}

async function orNull<Result>(signal: AbortSignal, attempt: Promise<Result>): Promise<Result | null> {
  try {
    return await attempt;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** The sample's own inputs, and what the original computed of it. */
function partFeeds({ fed }: LocalPart, sample: Feeds, computed: Feeds): Feeds {
  return { ...sample, ...Object.fromEntries(Array.from(fed, ([name, value]) => [name, ownValue(computed, value)!])) };
}

/** Puts both sides under the name that the original gives the value. */
function underOneName(
  values: readonly ComparableValue[],
  expected: Feeds,
  actualOf: (value: ComparableValue) => Feeds[string] | undefined,
): [Feeds, Feeds] {
  const [left, right] = [new Map<string, Feeds[string]>(), new Map<string, Feeds[string]>()];
  for (const value of values) {
    const name = value.a.value;
    const [one, other] = [ownValue(expected, name), actualOf(value)];
    if (one) left.set(name, one);
    if (other) right.set(name, other);
  }
  return [Object.fromEntries(left), Object.fromEntries(right)];
}

function figuresOf(
  values: readonly ComparableValue[],
  comparison: OutputComparison,
  local: OutputComparison | null,
): ReadonlyMap<ComparableValue, ValueFigures> {
  const byName = new Map(comparison.perOutput().map((output) => [output.name, output]));
  const localByName = new Map(local?.perOutput().map((output) => [output.name, output.sqnrDb]));
  return new Map(
    values.flatMap((value) => {
      const found = byName.get(value.a.value);
      const localSqnrDb = localByName.get(value.a.value) ?? null;
      return found === undefined ? [] : [[value, { ...found, localSqnrDb }] as const];
    }),
  );
}
