/** Compares what each node of a variant computes with what the original computes, on the same inputs. */
import { comparableValues, type ComparableValue, type ComparableValues } from '../../engine/analysis/comparable-values';
import { groupValues } from '../../engine/analysis/group-values';
import { inspectInputs } from '../../engine/analysis/inspect';
import { localPart } from '../../engine/analysis/local-part';
import type { Feeds, FreeDimensions, InputDescription } from '../../engine/data/feeds';
import { sizesOfFeeds, withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { ParetoError } from '../../engine/errors';
import type { Model } from '../../engine/onnx/graph';
import { withNamesOf } from '../../engine/onnx/short-names';
import type { NodeSqnr, NodeSqnrs } from '../../engine/metrics/node-sqnr';
import { compareNodeValues, type ValueFigures } from './compare-node-values';
import { modelOfFiles } from '../files/model-blob';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';

export interface NodeSqnrRequest {
  readonly original: ModelFiles;
  readonly variant: ModelFiles;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  readonly samples: NodeSamples;
}

/** The inputs of both models: random from a seed, or inputs of the original from data. */
export type NodeSamples =
  | { readonly kind: 'synthetic'; readonly count: number; readonly seed: number }
  | { readonly kind: 'data'; readonly feeds: readonly Feeds[] };

/**
 * Values of one sample that are held at once, of each model. The parts of the variant are fed with the original's
 * values.
 */
export const mostValueBytes = 64 * 1024 * 1024;

/**
 * Runs both models end to end on the WASM provider and compares every value that both compute. The runtime's own
 * fusions are off, because they would remove values. An error therefore includes the errors of all nodes before it. The
 * result also has the error of the node alone. For that, the part of the variant up to the value runs on the original's
 * values, unless these exceed 64 MB. Values are read in groups, each in fresh sessions, so that memory stays bounded.
 * `onGroup` receives the share that is done. Throws `sqnr/inputs` if the variant needs an input that the original
 * lacks, and `sqnr/failed` if one of them does not run.
 */
export async function measureNodeSqnr(
  signal: AbortSignal,
  sessions: SessionHost,
  request: NodeSqnrRequest,
  onGroup: (share: number) => void,
): Promise<NodeSqnrs> {
  const original = await modelOfFiles(request.original);
  const models = { a: original, b: withNamesOf(await modelOfFiles(request.variant), original) };
  const inputs = inspectInputs(models.a);
  const feeds = feedsFor(inputs, request);
  assertInputs(inspectInputs(models.b), feeds[0]);
  const comparable = comparableValues(models.a, models.b, sizesOfFeeds(inputs, feeds[0], request.freeDimensions));
  const groups = groupValues(models.b, comparable.values, mostValueBytes);
  const figures = new Map<ComparableValue, ValueFigures>();
  const sides = {
    original: { files: request.original, model: models.a, who: 'The original' },
    variant: { files: request.variant, model: models.b, who: 'The variant' },
  };
  for (const [index, group] of groups.entries()) {
    const onSample = (share: number): void => onGroup((index + share) / groups.length);
    const part = localPart(models.b, group.alone, comparable.values);
    const compared = { ...sides, threads: request.threads, feeds, values: group.values, part };
    for (const [value, found] of await compareNodeValues(signal, sessions, compared, onSample))
      figures.set(value, found);
  }
  onGroup(1);
  return { samples: feeds.length, inputs: request.samples.kind, nodes: sqnrOfNodes(comparable, figures) };
}

/**
 * The error at the outputs of one node of the original, where the variant differs in nothing before it. `null` if the variant has no
 * such value, or another shape of it. Throws as `measureNodeSqnr` does.
 *
 * @param request `model` is the original, read once for all of its nodes.
 * @param path as `inspect` gives it.
 */
export async function measureOwnSqnr(
  signal: AbortSignal,
  sessions: SessionHost,
  {
    original,
    model: a,
    variant,
    threads,
    freeDimensions,
    feeds,
  }: Omit<NodeSqnrRequest, 'samples'> & { readonly model: Model; readonly feeds: readonly Feeds[] },
  path: string,
): Promise<number | null> {
  const b = await modelOfFiles(variant);
  const sizes = sizesOfFeeds(inspectInputs(a), feeds[0], freeDimensions);
  const values = comparableValues(a, b, sizes).values.filter((value) => value.a.path === path);
  if (values.length === 0) return null;
  const sides = {
    original: { files: original, model: a, who: 'The original' },
    variant: { files: variant, model: b, who: 'The variant' },
  };
  const compared = { ...sides, threads, feeds, values, part: localPart(b, [], values) };
  const found = await compareNodeValues(signal, sessions, compared, () => undefined);
  const levels = [...found.values()].flatMap(({ sqnrDb }) => (sqnrDb === null ? [] : [sqnrDb]));
  return levels.length === 0 ? null : Math.min(...levels);
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
    `The variant needs an input "${missing.name}" that the original does not have, so both cannot run on the same samples. Compare models with the same inputs.`,
  );
}

function sqnrOfNodes(
  { values, unknown }: ComparableValues,
  figures: ReadonlyMap<ComparableValue, ValueFigures>,
): readonly NodeSqnr[] {
  const compared = values.map((pair): NodeSqnr => {
    const { a, b } = pair;
    const found = figures.get(pair);
    const nodes = { a: a.path, b: b.path, op: b.op, value: b.value };
    if (found === undefined)
      return { ...nodes, sqnrDb: null, reason: `Value "${a.value}" is not a tensor and cannot be read.` };
    const { sqnrDb, localSqnrDb, maxAbs, problem } = found;
    return sqnrDb === null ? { ...nodes, sqnrDb, reason: problem } : { ...nodes, sqnrDb, localSqnrDb, maxAbs };
  });
  return [...compared, ...unknown.map(({ a, b, op, reason }) => ({ a, b, op, value: '', sqnrDb: null, reason }))];
}
