/** Compares what each node of a variant computes with what the original computes, on the same inputs. */
import {
  comparableValues,
  groupBySize,
  withOutputs,
  type ComparableValue,
  type ComparableValues,
} from '../engine/analysis/comparable-values';
import { inspectInputs } from '../engine/analysis/inspect';
import type { Feeds, FreeDimensions, InputDescription } from '../engine/data/feeds';
import { freeDimensionKey, withSuggestedDimensions } from '../engine/data/free-dimensions';
import { createSyntheticFeeds } from '../engine/data/synthetic';
import { ParetoError } from '../engine/errors';
import type { NodeSqnr, NodeSqnrs } from '../engine/metrics/node-sqnr';
import { OutputComparison, type OutputFigures } from '../engine/metrics/output-match';
import type { Model } from '../engine/onnx/graph';
import { describeFailure } from './failure';
import { blobOfModel, modelOfFiles } from './model-blob';
import type { ModelFiles } from './model-files';
import type { HostedSession, SessionHost } from './session-host';

export interface NodeSqnrRequest {
  readonly original: ModelFiles;
  readonly variant: ModelFiles;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  readonly samples: NodeSamples;
}

/** What both models are run on: made up from a seed, or inputs of the original that were made from data. */
export type NodeSamples =
  | { readonly kind: 'synthetic'; readonly count: number; readonly seed: number }
  | { readonly kind: 'data'; readonly feeds: readonly Feeds[] };

/** Values of one sample that are held at once, of each model. */
const mostValueBytes = 64 * 1024 * 1024;

/**
 * Runs both models end to end on the WASM provider, as their graphs are written (without the runtime's own fusions: they
 * would do away with the values), and compares every value that both compute. So an error is that of everything before it
 * too. Values are read in groups, each in a fresh pair of sessions, so that memory stays bounded. `onGroup` is told the
 * share that is done. Throws `sqnr/inputs` when the variant needs an input that the original does not have, `sqnr/failed`
 * when one of them does not run.
 */
export async function measureNodeSqnr(
  signal: AbortSignal,
  sessions: SessionHost,
  request: NodeSqnrRequest,
  onGroup: (share: number) => void,
): Promise<NodeSqnrs> {
  const models = { a: await modelOfFiles(request.original), b: await modelOfFiles(request.variant) };
  const inputs = inspectInputs(models.a);
  const feeds = feedsFor(inputs, request);
  assertInputs(inspectInputs(models.b), feeds[0]);
  const comparable = comparableValues(models.a, models.b, sizesOf(inputs, feeds[0], request.freeDimensions));
  const groups = groupBySize(comparable.values, mostValueBytes);
  const figures = new Map<ComparableValue, OutputFigures>();
  for (const [index, group] of groups.entries()) {
    const onSample = (share: number): void => onGroup((index + share) / groups.length);
    for (const [value, found] of await compareGroup(signal, sessions, { ...request, models, feeds }, group, onSample)) {
      figures.set(value, found);
    }
  }
  onGroup(1);
  return { samples: feeds.length, inputs: request.samples.kind, nodes: describeNodes(comparable, figures) };
}

function feedsFor(inputs: readonly InputDescription[], { samples, freeDimensions }: NodeSqnrRequest): readonly Feeds[] {
  if (samples.kind === 'data') return samples.feeds;
  const dimensions = withSuggestedDimensions(inputs, freeDimensions);
  return Array.from({ length: samples.count }, (_, set) =>
    createSyntheticFeeds(inputs, dimensions, samples.seed + set),
  );
}

function assertInputs(inputs: readonly InputDescription[], feeds: Feeds | undefined): void {
  if (feeds === undefined)
    throw new ParetoError('sqnr/samples', 'There is no sample to run the models on. Choose at least one.');
  const missing = inputs.find(({ name }) => !Object.hasOwn(feeds, name));
  if (missing === undefined) return;
  throw new ParetoError(
    'sqnr/inputs',
    `The variant needs an input "${missing.name}" that the original does not have, so the two cannot be run on the same samples. Compare models with the same inputs.`,
  );
}

/** Sizes of free dimensions as the first sample has them. */
function sizesOf(inputs: readonly InputDescription[], feeds: Feeds | undefined, given: FreeDimensions): FreeDimensions {
  const sizes: Record<string, number> = { ...given };
  for (const input of inputs) {
    feeds?.[input.name]?.dims.forEach((size, axis) => {
      const key = freeDimensionKey(input, axis);
      if (key !== undefined) sizes[key] = size;
    });
  }
  return sizes;
}

interface PreparedRequest extends NodeSqnrRequest {
  readonly models: { readonly a: Model; readonly b: Model };
  readonly feeds: readonly Feeds[];
}

async function compareGroup(
  signal: AbortSignal,
  sessions: SessionHost,
  request: PreparedRequest,
  group: readonly ComparableValue[],
  onSample: (share: number) => void,
): Promise<ReadonlyMap<ComparableValue, OutputFigures>> {
  const { models, original, variant, feeds } = request;
  const a = group.map((pair) => pair.a.value);
  const b = group.map((pair) => pair.b.value);
  const opened: HostedSession[] = [];
  const open = async (files: ModelFiles, model: Model, values: readonly string[], who: string) => {
    try {
      const session = await sessions.open(signal, {
        files: { ...files, model: blobOfModel(withOutputs(model, values)) },
        ep: 'wasm',
        threads: request.threads,
        freeDimensions: {},
        profile: false,
        graphOptimizationLevel: 'disabled',
      });
      opened.push(session);
      return session;
    } catch (error) {
      throw failureOf(signal, error, who);
    }
  };
  try {
    const sides = {
      a: await open(original, models.a, a, 'The original'),
      b: await open(variant, models.b, b, 'The variant'),
    };
    const comparison = new OutputComparison();
    for (const [index, sample] of feeds.entries()) {
      signal.throwIfAborted();
      const outputs = {
        a: await runOn(signal, sides.a, sample, 'The original'),
        b: await runOn(signal, sides.b, sample, 'The variant'),
      };
      comparison.add(...pairedOutputs(group, outputs));
      onSample((index + 1) / feeds.length);
    }
    const figures = new Map(comparison.perOutput().map((output) => [output.name, output]));
    return new Map(group.flatMap((pair) => (figures.has(pair.a.value) ? [[pair, figures.get(pair.a.value)!]] : [])));
  } finally {
    for (const session of opened) session.close();
  }
}

async function runOn(signal: AbortSignal, session: HostedSession, sample: Feeds, who: string): Promise<Feeds> {
  try {
    await session.feed(sample);
    return (await session.run()).outputs;
  } catch (error) {
    throw failureOf(signal, error, who);
  }
}

function failureOf(signal: AbortSignal, error: unknown, who: string): unknown {
  return signal.aborted ? error : new ParetoError('sqnr/failed', describeFailure(error, who, 'wasm'), { cause: error });
}

/** Both under the name that the original gives the value. */
function pairedOutputs(
  group: readonly ComparableValue[],
  outputs: { readonly a: Feeds; readonly b: Feeds },
): [Feeds, Feeds] {
  const [left, right]: [Record<string, Feeds[string]>, Record<string, Feeds[string]>] = [{}, {}];
  for (const { a, b } of group) {
    const [expected, actual] = [outputs.a[a.value], outputs.b[b.value]];
    if (expected) left[a.value] = expected;
    if (actual) right[a.value] = actual;
  }
  return [left, right];
}

function describeNodes(
  { values, unknown }: ComparableValues,
  figures: ReadonlyMap<ComparableValue, OutputFigures>,
): readonly NodeSqnr[] {
  const compared = values.map((pair): NodeSqnr => {
    const { a, b } = pair;
    const found = figures.get(pair);
    const nodes = { a: a.path, b: b.path, op: b.op, value: b.value };
    if (found === undefined)
      return { ...nodes, sqnrDb: null, reason: `Value "${a.value}" is no tensor, so it cannot be read.` };
    const { sqnrDb, maxAbs, problem } = found;
    return sqnrDb === null ? { ...nodes, sqnrDb, reason: problem } : { ...nodes, sqnrDb, maxAbs };
  });
  return [...compared, ...unknown.map(({ a, b, op, reason }) => ({ a, b, op, value: '', sqnrDb: null, reason }))];
}
