/**
 * Uses labels to find the scaling of pixels or columns for a model. No ONNX file states it, and a wrong guess costs
 * accuracy silently.
 */
import type { ReadContext } from '../../engine/data/dataset';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { measureInputs } from '../../engine/data/mapping/input-statistics';
import {
  preprocessingCandidates,
  withOtherChannelOrder,
  type InputStatistics,
  type PreprocessingCandidate,
} from '../../engine/data/mapping/preprocessing-candidates';
import { scalableInputs } from '../../engine/data/mapping/scalable-inputs';
import { formatPercent } from '../../engine/format';
import { createSeededRandom, type SeededRandom } from '../../engine/seeded-random';
import type { AccuracyWarning, Estimate } from '../../engine/metrics/evaluation';
import { sharedSession, type SessionHost } from '../session/session-host';
import type { EvaluateModelsRequest } from './evaluate-models-request';

/** A share of right answers. */
export interface ProbedAccuracy extends Estimate {
  /** It is the share that is right once the classes stand in the order that explains the answers. */
  readonly hasOtherOrder?: boolean;
}

/** Finds the accuracy of one mapping on some samples, ascending; `undefined` if there is no share of right answers. */
export type EvaluateMapping = (
  host: SessionHost,
  mapping: DataMapping,
  indices: readonly number[],
) => Promise<ProbedAccuracy | undefined>;

export interface PreprocessingProbe {
  readonly samples: number;
  readonly before: ProbedAccuracy;
  readonly after: ProbedAccuracy;
  readonly proposed: PreprocessingCandidate;
}

export interface ProbeLimits {
  /** The best scaling and the mapping's own are compared on so many. */
  readonly most: number;
  /** Every scaling is tried on so many of them. */
  readonly first: number;
}

const usualLimits: ProbeLimits = { most: 200, first: 48 };
/** The fewest samples for a proposal. */
export const fewestProbed = 30;
/** Less may be chance, or a matter of taste. */
export const leastGain = 0.03;

/**
 * Returns the scaling with clearly more right samples than the mapping's own. `undefined` if there is none, if no input
 * takes pixels or columns, or if there are too few samples. Compares on up to 200 samples, or as many as `limits` says.
 * Samples outside the evaluation come first, so that its figure is independent of the choice. Rejects as evaluations
 * do.
 */
export async function probePreprocessing(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
  evaluate: EvaluateMapping,
  limits = usualLimits,
): Promise<PreprocessingProbe | undefined> {
  const { mapping, dataset } = request;
  const { description } = dataset;
  const samples = probedSamples(request, limits);
  if (scalableInputs(mapping, description).length === 0 || samples.length < fewestProbed) return undefined;
  const shared = sharedSession(host);
  const evaluated = (inputs: DataMapping['inputs'], indices: readonly number[]) =>
    evaluate(
      shared.host,
      { ...mapping, inputs },
      indices.toSorted((a, b) => a - b),
    );
  try {
    const first = samples.slice(0, limits.first);
    const statistics = await lookAtInputs(context, shared.host, request, limits.first);
    const now = await evaluated(mapping.inputs, first);
    if (statistics === undefined || now === undefined) return undefined;
    const names = [...statistics.keys()];
    const candidates = preprocessingCandidates(mapping, description, statistics);
    const best = await findBest(candidates, names, (inputs) => evaluated(inputs, first));
    if (best === undefined || best.value <= now.value) return undefined;
    const before = await evaluated(mapping.inputs, samples);
    const after = await evaluated(best.candidate.inputs, samples);
    if (before === undefined || after === undefined) return undefined;
    const isClear = after.value - before.value >= leastGain && after.interval[0] > before.interval[1];
    if (!isClear) return undefined;
    return { samples: samples.length, before, after, proposed: best.candidate };
  } finally {
    shared.close();
  }
}

/** A warning that proposes the better mapping. */
export function warnOfPreprocessing({ proposed, before, after, samples }: PreprocessingProbe): AccuracyWarning {
  const [better, now] = [after.value, before.value].map((value) => formatPercent(value));
  const order = after.hasOtherOrder ? ' and another class order' : '';
  return {
    code: 'preprocessing',
    message: `Accuracy would be ${better} (now ${now}, ${samples} samples) with ${proposed.title}${order}. The model was probably trained with it.`,
    inputs: proposed.inputs,
  };
}

interface Tried {
  readonly candidate: PreprocessingCandidate;
  readonly value: number;
}

/** Red and blue are tried the other way round for the best scaling alone. */
async function findBest(
  candidates: readonly PreprocessingCandidate[],
  names: readonly string[],
  accuracyOf: (inputs: DataMapping['inputs']) => Promise<Estimate | undefined>,
): Promise<Tried | undefined> {
  let best: Tried | undefined;
  const attempt = async (candidate: PreprocessingCandidate): Promise<void> => {
    const value = (await accuracyOf(candidate.inputs))?.value;
    if (value !== undefined && value > (best?.value ?? -1)) best = { candidate, value };
  };
  for (const candidate of candidates) await attempt(candidate);
  const swapped = best && withOtherChannelOrder(best.candidate, names);
  if (swapped !== undefined) await attempt(swapped);
  return best;
}

/** The samples that every scaling is tried on come first. */
export function probedSamples(
  { dataset, indices }: Pick<EvaluateModelsRequest, 'dataset' | 'indices'>,
  { most, first: firstCount }: ProbeLimits = usualLimits,
): readonly number[] {
  const evaluated = new Set(indices);
  const others = Array.from({ length: dataset.description.samples }, (_, index) => index).filter(
    (index) => !evaluated.has(index),
  );
  const random = createSeededRandom(0);
  const chosen = spread(others.length >= fewestProbed ? others : indices, most, random);
  const first = spread(chosen, firstCount, random);
  const isFirst = new Set(first);
  return [...first, ...chosen.filter((index) => !isFirst.has(index))];
}

/**
 * Returns a random sample from each of several parts. Files are often sorted by class, and with alternating classes
 * every third sample may be of one class.
 */
function spread(indices: readonly number[], most: number, random: SeededRandom): readonly number[] {
  const parts = Math.min(most, indices.length);
  const start = (part: number): number => Math.floor((part * indices.length) / parts);
  return Array.from({ length: parts }, (_, part) => {
    const width = start(part + 1) - start(part);
    return indices[start(part) + Math.floor(random.next() * width)]!;
  });
}

/** Reads the inputs without any scaling; `undefined` if no sample can be fed. */
async function lookAtInputs(
  context: ReadContext,
  host: SessionHost,
  { mapping, dataset, freeDimensions, threads, models }: EvaluateModelsRequest,
  samples: number,
): Promise<InputStatistics | undefined> {
  const spec = { files: models[0]!.files, ep: 'wasm', threads, freeDimensions, profile: false } as const;
  const session = await host.open(context.signal, spec);
  const { inputs } = session;
  session.close();
  return measureInputs(context, { dataset, mapping, inputs, freeDimensions }, samples);
}
