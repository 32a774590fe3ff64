/**
 * Structured pruning: whole channels go, across everything that is coupled with them, and layers become narrower. With calibration
 * data the widths are tried on held-out samples, and the layers that remain are fitted to the original by least squares.
 */
import { keptPositions, removeChannels } from '../../../onnx/coupling/remove-channels';
import { withSharedVectors } from '../../../onnx/coupling/own-vectors';
import type { NormalSums } from '../../../linear-algebra/normal-sums';
import type { Model, ValueName } from '../../../onnx/graph';
import type { PassContext, PassOutcome, Refusal, StructuralPlan } from '../../pass';
import type { PruneChannelsOptions } from './prune-channels';
import { pruneInRounds, type Round } from '../rounds/prune-in-rounds';
import { shareOfRest } from '../rounds/round-options';
import { channelImportance, type UnitScores } from './channel-importance';
import { criteria } from './importance-criteria';
import { channelScope, withoutTrials, type ChannelScope } from './channel-scope';
import type { Widths } from './channel-widths';
import { rankedWidths, removedUnits, searchWidths, widthProblem, type TriedWidths } from './choose-channels';
import {
  costNames,
  missedTarget,
  reachableShare,
  removalChanges,
  removalDetails,
  removalPlan,
  removalSentence,
  removedShare,
  type HeldOutOutcome,
} from './describe-removal';
import { effortFor, gatherEvidence, scopeWithBiases, type Evidence } from './evidence';
import { judgeFinalists } from './judge-finalists';
import { repairAtOnce, repairInTurn } from './repair-channels';
import { stagedProgress, type StagedProgress } from './staged-progress';
import { refuseData, refuseRepair, refuseRun, refuseUnusable } from './trial-refusals';
import { readTrialSamples } from './trial-samples';

/** Throws only the signal's reason, and what reading weights and training throw. */
export async function runPruneChannels(
  model: Model,
  options: PruneChannelsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  // What all rounds together cannot reach is refused before the first of them takes its part.
  const scope = () => boundedScope(channelScope(model, options, undefined), options, context);
  const isHopeless = options.rounds > 1 && reachableShare(scope(), options) !== undefined;
  const rounds = isHopeless ? 1 : options.rounds;
  return pruneInRounds(model, { ...options, rounds }, context, async (from, round, roundContext) => {
    const { outcome, share } = await pruneOnce(from, optionsIn(round, options), roundContext);
    const removed = 1 - (1 - round.removed) * (1 - share);
    return { outcome, removed, unit: `${costNames[options.of]} are gone` };
  });
}

/** What is never tried on data is bound to what may go without. */
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

/** Rounds before took part of what is to go: what is left of it is a share of what is left. */
function optionsIn({ before, after, removed }: Round, options: PruneChannelsOptions): PruneChannelsOptions {
  const inRound = (ratios: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(ratios).map(([name, ratio]) => [name, shareOfRest(ratio * before, ratio * after)]),
    );
  return {
    ...options,
    remove: shareOfRest(removed, options.remove * after),
    ratioByLayer: inRound(options.ratioByLayer),
    ratioByGroup: inRound(options.ratioByGroup),
  };
}

interface PrunedOnce {
  readonly outcome: PassOutcome;
  /** What went, of the cost before. */
  readonly share: number;
}

async function pruneOnce(model: Model, options: PruneChannelsOptions, context: PassContext): Promise<PrunedOnce> {
  const progress = stagedProgress(context, { 'Looking at layers': 1, 'Trying widths': 3, 'Fitting layers': 4 });
  const found = await scopeWithEvidence(model, options, context, progress);
  try {
    return await pruned(model, found, options, context, progress);
  } finally {
    found.evidence?.trial.close();
    progress.finish();
  }
}

async function pruned(
  model: Model,
  found: Found,
  options: PruneChannelsOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<PrunedOnce> {
  const choice = await chooseRemoval(found, options, context, progress);
  const { scope, scores, widths, evidence } = choice;
  const missed = missedTarget(scope, options);
  const refusals = [...scope.refusals, ...choice.refusals, ...missed];
  if (missed.length > 0 || widths.every((width) => width === 0))
    return { outcome: { model, changes: [], refusals }, share: 0 };
  const removed = removedUnits(scope, scores, widths);
  const kept = keptPositions(scope.coupled.space, removed);
  const repaired = evidence && (await repair(choice, evidence, options, context, progress));
  const narrow =
    repaired?.model ?? (await removeChannels(scope.model, scope.coupled, removed, () => context.checkpoint()));
  const heldOut = repaired?.heldOut;
  const outcome = {
    model: withSharedVectors(narrow, scope.copies),
    changes: removalChanges(scope, kept),
    refusals: [...refusals, ...(repaired?.refusals ?? [])],
    details: removalDetails(scope, widths, heldOut),
    sentence: removalSentence(scope, widths, options, heldOut),
  };
  return { outcome, share: removedShare(scope, widths, options.of) };
}

/** What `runPruneChannels` would remove. Widths that are tried on data are tried here too. */
export async function planPruneChannels(
  model: Model,
  options: PruneChannelsOptions,
  context: PassContext,
): Promise<StructuralPlan> {
  const progress = stagedProgress(context, { 'Looking at layers': 1, 'Trying widths': 3 });
  const found = await scopeWithEvidence(model, options, context, progress);
  try {
    const { scope, widths } = await chooseRemoval(found, options, context, progress);
    return removalPlan(scope, widths, options);
  } finally {
    found.evidence?.trial.close();
    progress.finish();
  }
}

interface Choice {
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
  const measure = options.importance === 'auto' ? (evidence ? 'obs' : 'l2') : options.importance;
  const inputs = evidence?.teacher.inputs ?? new Map<ValueName, NormalSums>();
  const { coupled, groups } = scope;
  const isOpen = (group: number): boolean => scope.limits[group]!.most > 0;
  const counted = { coupled, groups, isOpen, measure, inputs };
  const scores = await channelImportance({ ...counted, random: context.random, checkpoint });
  const problem = widthProblem(scope, options);
  if (evidence === undefined || options.ranking !== 'search' || scope.groups.length === 0) {
    const ranking = options.ranking === 'search' ? 'global' : options.ranking;
    const widths = rankedWidths(problem, scores, ranking, groups);
    return { ...found, scores, widths, tried: [] };
  }
  const { tries } = effortFor(scope);
  const { finalists, recover } = options;
  const isFitted = recover === 'sequential' && finalists > 1;
  const report = (before: number) => (done: number, total: number) =>
    progress.report('Trying widths', before * total + done, (isFitted ? 2 : 1) * total);
  const request = { scope, problem, scores, evidence, random: context.random, tries, checkpoint };
  const tried = await searchWidths({ ...request, progress: report(0) });
  if (!isFitted) return { ...found, scores, widths: tried[0]!.widths, tried };
  const running = { signal: context.signal, inference: context.inference!, progress: report(1) };
  const judged = await judgeFinalists(tried, { ...request, ...running, finalists });
  return { ...found, scores, widths: judged[0]!.widths, tried: judged };
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
  const needs = ranking === 'search' || recover !== 'none' || (importance !== 'auto' && criteria[importance].needsData);
  const whole = channelScope(model, options, undefined);
  const plain = boundedScope(whole, options, context);
  const isHopeless = plain.groups.length === 0 || reachableShare(plain, options) !== undefined;
  if (isHopeless || (!needs && importance !== 'auto')) return { scope: plain, refusals: [] };
  const samples = data && inference && (await readTrialSamples(data, effortFor(plain).samples));
  const untried = withoutTrials(whole, options);
  if (samples === undefined || inference === undefined) {
    return {
      scope: untried,
      refusals: needs
        ? [refuseData(data?.samples, 'channels are chosen by their weights, and what remains is not repaired')]
        : [],
    };
  }
  const unusable = refuseUnusable(samples, 'channels are chosen by their weights and nothing is repaired');
  if (unusable) return { scope: untried, refusals: [unusable] };
  const scope = boundedScope(scopeWithBiases(plain, options, samples.fit[0]!), options, context);
  try {
    const evidence = await gatherEvidence(
      scope,
      samples,
      { keepsOutputs: refitsLayers(options), keepsSkips: recover === 'sequential' },
      { signal: context.signal, checkpoint: () => context.checkpoint(), inference },
      (done, total) => progress.report('Looking at layers', done, total),
    );
    return { scope, evidence, refusals: [] };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return {
      scope: untried,
      refusals: [refuseRun(error, 'channels are chosen by their weights and nothing is repaired')],
    };
  }
}

interface Repaired {
  readonly model: Model;
  readonly heldOut: HeldOutOutcome;
  readonly refusals: readonly Refusal[];
}

/** Each step of the repair is kept only where outputs on held-out samples come nearer to the original’s. */
export async function repair(
  { scope, scores, widths, tried }: Choice,
  evidence: Evidence,
  options: PruneChannelsOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Repaired> {
  const { trial } = evidence;
  const { recover } = options;
  const checkpoint = () => context.checkpoint();
  const removal = { scope, evidence, removed: removedUnits(scope, scores, widths), checkpoint };
  const folds = recover === 'sequential' || recover === 'least-squares';
  const start = await repairAtOnce(removal, folds);
  const outcome = async (
    model: Model,
    repairs: HeldOutOutcome['repairs'],
    refusals: readonly Refusal[],
  ): Promise<Repaired> => ({ model, heldOut: { ...(await trial.outcomeOf(model)), tried, repairs }, refusals });
  if (!refitsLayers(options)) return outcome(start.model, [], []);
  const { model, repairs } = await repairInTurn(removal, start.model, {
    signal: context.signal,
    inference: context.inference!,
    method: recover === 'moments' ? 'moments' : 'least-squares',
    progress: (done, total) => progress.report('Fitting layers', done, total),
  });
  if ((await trial.divergenceOf(model)) < start.divergence) return outcome(model, repairs, []);
  return outcome(start.model, [], [refuseRepair()]);
}

function refitsLayers({ recover }: PruneChannelsOptions): boolean {
  return recover === 'sequential' || recover === 'moments';
}
