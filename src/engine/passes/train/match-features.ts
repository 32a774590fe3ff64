/** Matches channels of a student with those of the teacher. In a pruned model they match the kept channels. */
import { observeValues } from '../../calibration/observe-values';
import type { FeedTensor } from '../../data/feeds';
import { DataType } from '../../onnx/data-type';
import type { Model, ValueName } from '../../onnx/graph';
import { logitsOf } from '../../training/embed-forward';
import { findFeatures, type FeatureSite, type FeatureTarget } from '../../training/features';
import type { ForwardGraph } from '../../training/prepare-forward';
import type { TrainingSamples } from '../../training/training-samples';
import type { PassContext } from '../pass';
import type { PreparedModels } from './prepare-models';
import { productOf } from '../../product-of';

/** All features together next to the answers, each in units of its own size. Measured: from a tenth to one they gain alike. */
const featureShare = 0.3;
/** A value that differs by more than this share of its size from the start is another value, whatever its name. */
const mostError = 0.5;
const mostSamples = 32;
const positionsOfSample = 64;

export interface MatchRequest {
  readonly prepared: PreparedModels;
  readonly student: ForwardGraph;
  readonly teacher: ForwardGraph;
  readonly samples: TrainingSamples;
}

/**
 * The values inside that the student can follow. Runs both models on 32 samples that train. Returns none if names or
 * sizes have nothing in common. Rejects as the runtime does.
 */
export async function matchFeatures(
  { prepared, student, teacher, samples }: MatchRequest,
  context: PassContext,
): Promise<readonly FeatureTarget[]> {
  const sites = findFeatures(student, teacher);
  if (sites.length === 0) return [];
  const answers = onlyAnswers(teacher);
  const own = await observe(prepared.student, student, sites, samples, context);
  const taught = await observe(prepared.teacher, teacher, [...sites, ...answers], samples, context);
  const [scale = 1] = answers.map(({ name }) => meanSquare(taught.get(name)!));
  const targets: FeatureTarget[] = [];
  for (const site of sites) {
    const [ours, theirs] = [own.get(site.name)!, taught.get(site.name)!];
    // A weight that is no number spoils what follows it: nothing is near to that.
    if (![ours, theirs].every(areNumbers)) continue;
    const channels = nearestChannels(ours, theirs);
    const wanted = channels.map((channel) => theirs[channel]!);
    const size = meanSquare(wanted);
    const error = meanSquare(ours.map((row, channel) => row.map((value, at) => value - wanted[channel]![at]!)));
    if (error <= mostError * size) targets.push({ ...site, channels, weight: scale / size });
    await context.checkpoint();
  }
  return targets.map((target) => ({ ...target, weight: (featureShare * target.weight) / targets.length }));
}

/** The output, if it is the only one. Several outputs already count each in its own unit, so there is no common size. */
function onlyAnswers(teacher: ForwardGraph): readonly FeatureSite[] {
  const [output, ...others] = teacher.graph.outputs.map(({ name = '' }) => logitsOf(teacher, name));
  const isOnly = output !== undefined && others.length === 0 && (teacher.shapeOf(output)?.length ?? 0) > 1;
  return isOnly && teacher.elementTypeOf(output) === DataType.float32 ? [{ name: output, channelAxis: 1 }] : [];
}

/** The values of each channel at the same places of the same samples. */
type ChannelRows = readonly Float32Array[];

async function observe(
  model: Model,
  forward: ForwardGraph,
  sites: readonly FeatureSite[],
  { trainingSamples }: TrainingSamples,
  { signal, inference }: PassContext,
): Promise<ReadonlyMap<ValueName, ChannelRows>> {
  const used = trainingSamples.slice(0, mostSamples);
  const axes = new Map(sites.map(({ name, channelAxis }) => [name, channelAxis]));
  const found = new Map<ValueName, number[][]>();
  await observeValues({
    signal,
    inference: inference!,
    model,
    values: sites.map(({ name }) => ({
      name,
      estimatedBytes: (4 * productOf(forward.shapeOf(name)!)) / forward.batch,
    })),
    feeds: () => used.map(({ feeds }) => feeds),
    visit(name, tensor) {
      const rows = rowsOf(tensor, axes.get(name)!);
      const before = found.get(name);
      if (before === undefined) found.set(name, rows);
      else rows.forEach((row, channel) => before[channel]!.push(...row));
    },
    samples: used.length,
  });
  return new Map([...found].map(([name, rows]) => [name, rows.map((row) => Float32Array.from(row))]));
}

/** Evenly spread places, as many as keep the comparison short. */
function rowsOf({ dims, data }: FeedTensor, axis: number): number[][] {
  const channels = dims[axis]!;
  const inner = productOf(dims.slice(axis + 1));
  const places = productOf(dims.slice(0, axis)) * inner;
  const step = Math.max(1, Math.floor(places / positionsOfSample));
  return Array.from({ length: channels }, (_, channel) => {
    const row: number[] = [];
    for (let place = 0; place < places; place += step) {
      const outer = Math.floor(place / inner);
      row.push((data as Float32Array)[(outer * channels + channel) * inner + (place % inner)]!);
    }
    return row;
  });
}

/** Compares squared distances, in which the student's own square is the same for all. */
function nearestChannels(ours: ChannelRows, theirs: ChannelRows): readonly number[] {
  const squares = theirs.map((row) => product(row, row));
  return ours.map((row) => {
    const distances = theirs.map((other, channel) => squares[channel]! - 2 * product(row, other));
    return distances.indexOf(Math.min(...distances));
  });
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

function areNumbers(rows: ChannelRows): boolean {
  return rows.every((row) => row.every(Number.isFinite));
}

function meanSquare(rows: ChannelRows): number {
  return rows.reduce((sum, row) => sum + product(row, row) / row.length, 0) / rows.length || 1;
}
