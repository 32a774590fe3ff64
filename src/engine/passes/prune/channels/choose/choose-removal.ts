/** Chooses the channels to remove, from the removable parts, the evidence of the data, and the widths that meet the target. */
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import type { Model, ValueName } from '../../../../onnx/graph';
import type { PassContext, Refusal } from '../../../pass';
import { channelImportance, type UnitScores } from './channel-importance';
import { channelScope, type ChannelScope, withoutTrials } from '../channel-scope';
import type { Widths } from './channel-widths';
import { rankedWidths, searchWidths, type TriedWidths, widthProblem } from './choose-channels';
import type { PruneChannelsOptions } from '../prune-channels-options';
import { reachableShare } from '../describe-removal';
import { effortFor, type Evidence, gatherEvidence, scopeWithBiases } from '../trial/evidence';
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
  options: PruneChannelsOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Choice> {
  const checkpoint = () => context.checkpoint();
  const { scope, evidence } = found;
  const { coupled, groups } = scope;
  const scores = await channelImportance({
    ...{ coupled, groups, checkpoint },
    measure: options.importance === 'auto' ? (evidence ? 'obs' : 'l2') : options.importance,
    isOpen: (group) => scope.limits[group]!.most > 0,
    inputs: evidence?.teacher.inputs ?? new Map<ValueName, NormalSums>(),
  });
  const problem = widthProblem(scope, options);
  if (evidence === undefined || options.ranking !== 'search' || groups.length === 0) {
    const ranking = options.ranking === 'search' ? 'global' : options.ranking;
    return { ...found, scores, widths: rankedWidths(problem, scores, ranking), tried: [] };
  }
  const { tries } = effortFor(scope);
  const tried = await searchWidths({
    ...{ scope, problem, scores, evidence, random: context.random, tries, checkpoint },
    progress: (done, total) => progress.report('Trying widths', done, total),
  });
  return { ...found, scores, widths: tried[0]!.widths, tried };
}

type Found = Pick<Choice, 'scope' | 'evidence' | 'refusals'>;

export async function scopeWithEvidence(
  model: Model,
  options: PruneChannelsOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Found> {
  const { data, inference } = context;
  const { ranking, recover, importance } = options;
  const needs = ranking === 'search' || recover !== 'none' || importance === 'obs';
  const whole = channelScope(model, options, undefined);
  const plain = boundedScope(whole, options, context);
  const isHopeless = plain.groups.length === 0 || reachableShare(plain, options) !== undefined;
  if (isHopeless || (!needs && importance !== 'auto')) return { scope: plain, refusals: [] };
  const samples = data && inference && (await readTrialSamples(data, effortFor(plain).samples));
  const untried = withoutTrials(whole, options);
  if (samples === undefined || inference === undefined) {
    return {
      scope: untried,
      refusals: needs ? [refuseData(data?.samples, 'channels are chosen by their weights, without least squares')] : [],
    };
  }
  const unusable = refuseUnusable(samples, 'channels are chosen by their weights, without least squares');
  if (unusable) return { scope: untried, refusals: [unusable] };
  const scope = boundedScope(scopeWithBiases(plain, options, samples.fit[0]!), options, context);
  try {
    const evidence = await gatherEvidence(
      scope,
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

/** The scope of a removal. Without trials on data it excludes the parts that need them. */
function boundedScope(
  scope: ChannelScope,
  options: PruneChannelsOptions,
  { data, inference }: PassContext,
): ChannelScope {
  const triesWidths = options.ranking === 'search' && data !== undefined && inference !== undefined;
  // Shares that were set by hand for all others are no target that these would have to meet.
  const others = scope.limits.filter((_, group) => !scope.groups[group]!.isAveraged);
  const areSet = others.some(({ most }) => most > 0) && others.every(({ fixed }) => fixed !== undefined);
  return triesWidths && !areSet ? scope : withoutTrials(scope, options);
}
