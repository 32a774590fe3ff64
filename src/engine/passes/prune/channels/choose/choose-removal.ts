/** Chooses the channels to remove, from the removable parts, the evidence of the data, and the widths that meet the target. */
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import type { Model, ValueName } from '../../../../onnx/graph';
import type { PassContext, Refusal } from '../../../pass';
import { channelImportance, type UnitScores } from './channel-importance';
import { channelParts, type ChannelScope, scopeOf } from '../channel-scope';
import type { Widths } from './channel-widths';
import { rankedWidths, searchWidths, type TriedWidths, widthProblem } from './choose-channels';
import type { CountedOptions } from '../prune-channels-options';
import { reachableShare } from '../describe-removal';
import { effortFor, type Evidence, gatherEvidence, partsWithBiases } from '../trial/evidence';
import type { StagedProgress } from '../trial/staged-progress';
import { refuseData, refuseRun, refuseUnusable } from '../trial/trial-refusals';
import { readTrialSamples } from '../trial/trial-samples';

export interface Choice {
  readonly scope: ChannelScope;
  readonly scores: UnitScores;
  readonly widths: Widths;
  readonly tried: readonly TriedWidths[];
  /** Absent without data or a runtime. */
  readonly evidence?: Evidence;
  readonly refusals: readonly Refusal[];
}

export async function chooseRemoval(
  found: Found,
  options: CountedOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Choice> {
  return chooseWidths(await scoreChannels(found, options, context), options, context, progress);
}

export async function scoreChannels(found: Found, options: CountedOptions, context: PassContext): Promise<Scored> {
  const checkpoint = () => context.checkpoint();
  const { scope, evidence } = found;
  const measure = options.importance === 'auto' ? (evidence ? 'obs' : 'l2') : options.importance;
  const inputs = evidence?.teacher.inputs ?? new Map<ValueName, NormalSums>();
  const { coupled, groups } = scope;
  const isOpen = (group: number): boolean => scope.limits[group]!.most > 0;
  return { ...found, scores: await channelImportance({ coupled, groups, isOpen, measure, inputs, checkpoint }) };
}

/** The widths that meet the target by scores alone. */
export function widthsByScores({ scope, scores }: Scored, options: CountedOptions): Widths {
  const ranking = options.ranking === 'search' ? 'global' : options.ranking;
  return rankedWidths(widthProblem(scope, options), scores, ranking);
}

export async function chooseWidths(
  scored: Scored,
  options: CountedOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Choice> {
  const { scope, scores, evidence } = scored;
  if (evidence === undefined || options.ranking !== 'search' || scope.groups.length === 0) {
    return { ...scored, widths: widthsByScores(scored, options), tried: [] };
  }
  const checkpoint = () => context.checkpoint();
  const problem = widthProblem(scope, options);
  const { tries } = effortFor(scope);
  const tried = await searchWidths({
    ...{ scope, problem, scores, evidence, random: context.random, tries, checkpoint },
    progress: (done, total) => progress.report('Trying widths', done, total),
  });
  return { ...scored, widths: tried[0]!.widths, tried };
}

export type Found = Pick<Choice, 'scope' | 'evidence' | 'refusals'>;

export type Scored = Found & Pick<Choice, 'scores'>;

export async function scopeWithEvidence(
  model: Model,
  options: CountedOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Found> {
  const { data, inference } = context;
  const { ranking, recover, importance } = options;
  const needs = ranking === 'search' || recover !== 'none' || importance === 'obs';
  const parts = channelParts(model, undefined);
  const triesWidths = canTryWidths(options, context);
  const plain = scopeOf(parts, options, triesWidths);
  const isHopeless = plain.groups.length === 0 || reachableShare(plain, options) !== undefined;
  if (isHopeless || (!needs && importance !== 'auto')) return { scope: plain, refusals: [] };
  const samples = data && inference && (await readTrialSamples(data, effortFor(parts).samples));
  const untried = scopeOf(parts, options, false);
  if (samples === undefined || inference === undefined) {
    return {
      scope: untried,
      refusals: needs ? [refuseData(data?.samples, 'channels are chosen by their weights, without least squares')] : [],
    };
  }
  const unusable = refuseUnusable(samples, 'channels are chosen by their weights, without least squares');
  if (unusable) return { scope: untried, refusals: [unusable] };
  const biased = partsWithBiases(parts, samples.fit[0]!);
  const scope = scopeOf(biased, options, triesWidths);
  try {
    const evidence = await gatherEvidence(
      biased,
      scope.groups.filter((_, group) => scope.limits[group]!.most > 0),
      samples,
      { keepsOutputs: recover === 'sequential' },
      { signal: context.signal, checkpoint: () => context.checkpoint(), inference },
      (done, total) => progress.report('Inspecting layers', done, total),
    );
    return { scope, evidence, refusals: [] };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return {
      scope: untried,
      refusals: [refuseRun(error, 'channels are chosen by their weights, without least squares')],
    };
  }
}

/** True if widths are tried on held-out samples. */
export function canTryWidths({ ranking }: CountedOptions, { data, inference }: PassContext): boolean {
  return ranking === 'search' && data !== undefined && inference !== undefined;
}
