/**
 * Structured pruning removes whole channels across everything that is coupled with them, and layers become narrower.
 * With calibration data the widths are tried on held-out samples, and the layers that remain are fitted to the original
 * by least squares.
 */
import { keptPositions, removeChannels } from '../../../onnx/coupling/remove-channels';
import { withSharedVectors } from '../../../onnx/coupling/own-vectors';
import type { Model } from '../../../onnx/graph';
import type { PassContext, PassOutcome, Refusal, StructuralPlan } from '../../pass';
import type { CountedOptions, PruneChannelsOptions } from './prune-channels-options';
import { pruneInRounds, type Round } from '../rounds/prune-in-rounds';
import { shareOfRest } from '../rounds/round-options';
import type { TimedOriginal } from '../../time-in-turns';
import { channelParts, scopeOf } from './channel-scope';
import { chooseByTime, reachesTime, withStopwatch } from './choose/choose-by-time';
import { removedUnits } from './choose/choose-channels';
import { canTryWidths, chooseRemoval, scopeWithEvidence, type Choice, type Found } from './choose/choose-removal';
import {
  areAllSet,
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
import { refuseLessTime, timeSaved, timesDetail, timeSentence } from './describe-times';
import type { Evidence } from './trial/evidence';
import { repairAtOnce, repairInTurn } from './repair/repair-channels';
import { stagedProgress, type StagedProgress } from './trial/staged-progress';
import { refuseRepair } from './trial/trial-refusals';

/** Throws only the signal's reason, and what reading weights and training throw. */
export async function runPruneChannels(
  model: Model,
  options: PruneChannelsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  // A target that all rounds together cannot reach is refused before the first round.
  const isHopeless = options.rounds > 1 && !(await isReachable(model, options, context));
  const rounds = isHopeless ? 1 : options.rounds;
  const isTimed = options.of === 'latency';
  const unit = isTimed ? 'run time saved, by the least times of each round' : `${costNames[options.of]} removed`;
  const whole = await pruneInRounds(model, { ...options, rounds }, context, async (from, round, roundContext) => {
    const { outcome, share } = await pruneOnce(from, optionsIn(round, options), roundContext);
    return { outcome, removed: 1 - (1 - round.removed) * (1 - share), unit };
  });
  const wasInRounds = whole.details?.['rounds'] !== undefined && whole.model !== model;
  return isTimed && wasInRounds ? withTimeOfRounds(model, whole, options, context) : whole;
}

/** Each round measured its own part. The removal of all rounds together is measured too. */
async function withTimeOfRounds(
  model: Model,
  outcome: PassOutcome,
  options: PruneChannelsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  const timed = async (stopwatch: TimedOriginal): Promise<PassOutcome> => {
    const time = timeSentence(await stopwatch.against(outcome.model), options.timedOn);
    return { ...outcome, sentence: `${time} ${outcome.sentence}` };
  };
  return withStopwatch({ model, context }, options.timedOn, timed, () => outcome);
}

async function isReachable(model: Model, options: PruneChannelsOptions, context: PassContext): Promise<boolean> {
  const counted = countedOptions(options);
  const parts = channelParts(model, undefined);
  const scope = scopeOf(parts, counted, canTryWidths(counted, context));
  if (options.of !== 'latency' || areAllSet(scope)) return reachableShare(scope, counted) === undefined;
  const found = { scope, refusals: [] };
  const reaches = (stopwatch: TimedOriginal) => reachesTime({ found, options, context, stopwatch });
  return withStopwatch({ model, context }, options.timedOn, reaches, () => false);
}

/** Times are not counted: before they are known, MACs stand for them. */
function countedOptions({ of, ...others }: PruneChannelsOptions): CountedOptions {
  return of === 'latency' ? { ...others, of: 'macs', remove: 0 } : { ...others, of };
}

/** Earlier rounds removed a part of the target. The rest of the target is a share of the rest of the model. */
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
  /** The removed share of the cost. */
  readonly share: number;
}

async function pruneOnce(model: Model, options: PruneChannelsOptions, context: PassContext): Promise<PrunedOnce> {
  const isTimed = options.of === 'latency';
  const progress = stagedProgress(context, {
    'Inspecting layers': 1,
    ...(isTimed && { 'Timing widths': 2 }),
    'Trying widths': 3,
    'Fitting layers': 4,
  });
  const counted = countedOptions(options);
  const found = await scopeWithEvidence(model, counted, context, progress);
  try {
    if (isTimed) return await prunedByTime(model, found, options, context, progress);
    const choice = await chooseRemoval(found, counted, context, progress);
    const missed = missedTarget(found.scope, counted);
    return await pruned(model, choice, missed, counted, context, progress);
  } finally {
    found.evidence?.trial.close();
    progress.finish();
  }
}

/** The removed share is a share of the run time of the written file. */
async function prunedByTime(
  model: Model,
  found: Found,
  options: PruneChannelsOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<PrunedOnce> {
  const inTime = async (stopwatch: TimedOriginal): Promise<PrunedOnce> => {
    const { choice, timed } = await chooseByTime({ found, options, context, stopwatch, progress });
    const { outcome } = await pruned(model, choice, [], countedOptions(options), context, progress);
    if (outcome.model === model) return { outcome, share: 0 };
    const comparison = await stopwatch.against(outcome.model);
    const reported = {
      ...outcome,
      // Shares that were set by hand are no target.
      refusals: [...outcome.refusals, ...(areAllSet(choice.scope) ? [] : refuseLessTime(comparison, options.remove))],
      details: { ...outcome.details, ...(timed.length > 0 && { times: timesDetail(timed) }) },
      sentence: `${timeSentence(comparison, options.timedOn)} ${outcome.sentence}`,
    };
    return { outcome: reported, share: timeSaved(comparison.leastRatio) };
  };
  const sample = found.evidence?.samples.fit[0];
  return withStopwatch({ model, sample, context }, options.timedOn, inTime, (refusal) => {
    const refusals = [...found.scope.refusals, ...found.refusals, refusal];
    return { outcome: { model, changes: [], refusals }, share: 0 };
  });
}

async function pruned(
  model: Model,
  choice: Choice,
  missed: readonly Refusal[],
  options: CountedOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<PrunedOnce> {
  const { scope, scores, widths, evidence } = choice;
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

/** Plans the removal of `runPruneChannels`. Widths that are tried on data are tried here too. */
export async function planPruneChannels(
  model: Model,
  options: PruneChannelsOptions,
  context: PassContext,
): Promise<StructuralPlan> {
  const progress = stagedProgress(context, { 'Inspecting layers': 1, 'Trying widths': 3 });
  const counted: CountedOptions = { ...options, of: options.of === 'latency' ? 'macs' : options.of };
  const found = await scopeWithEvidence(model, counted, context, progress);
  try {
    const { scope, widths } = await chooseRemoval(found, counted, context, progress);
    const plan = removalPlan(scope, widths, counted);
    return options.of === 'latency' ? withoutTimes(plan) : plan;
  } finally {
    found.evidence?.trial.close();
    progress.finish();
  }
}

/** Nothing is timed for a plan. */
function withoutTimes({ reachable, ...plan }: StructuralPlan): StructuralPlan {
  const taken = reachable === undefined ? 'the same share of the MACs' : 'the largest possible share of the MACs';
  const assumption = `Run time is measured only when the pass runs. This plan uses ${taken}, so the result may differ.`;
  return { ...plan, assumption };
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
  options: Pick<CountedOptions, 'recover'>,
  context: PassContext,
  progress: StagedProgress,
): Promise<Repaired> {
  const { trial } = evidence;
  const { recover } = options;
  const checkpoint = () => context.checkpoint();
  const removal = { scope, evidence, removed: removedUnits(scope, scores, widths), checkpoint };
  const start = await repairAtOnce(removal, recover !== 'none');
  const outcome = async (
    model: Model,
    repairs: HeldOutOutcome['repairs'],
    refusals: readonly Refusal[],
  ): Promise<Repaired> => ({ model, heldOut: { ...(await trial.outcomeOf(model)), tried, repairs }, refusals });
  if (recover !== 'sequential') return outcome(start.model, [], []);
  const { model, repairs } = await repairInTurn(removal, start.model, {
    signal: context.signal,
    inference: context.inference!,
    progress: (done, total) => progress.report('Fitting layers', done, total),
  });
  if ((await trial.divergenceOf(model)) < start.divergence) return outcome(model, repairs, []);
  return outcome(start.model, [], [refuseRepair()]);
}
