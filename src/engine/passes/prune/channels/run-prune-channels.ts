/**
 * Structured pruning removes whole channels across everything that is coupled with them, and layers become narrower.
 * With calibration data the widths are tried on held-out samples, and the layers that remain are fitted to the original
 * by least squares.
 */
import { keptPositions, removeChannels } from '../../../onnx/coupling/remove-channels';
import { withSharedVectors } from '../../../onnx/coupling/own-vectors';
import type { Model } from '../../../onnx/graph';
import type { PassContext, PassOutcome, Refusal, StructuralPlan } from '../../pass';
import type { PruneChannelsOptions } from './prune-channels-options';
import { removedUnits } from './choose/choose-channels';
import { chooseRemoval, scopeWithEvidence, type Choice } from './choose/choose-removal';
import {
  missedTarget,
  removalChanges,
  removalDetails,
  removalPlan,
  removalSentence,
  type HeldOutOutcome,
} from './describe-removal';
import type { Evidence } from './trial/evidence';
import { repairAtOnce, repairInTurn } from './repair/repair-channels';
import { stagedProgress, type StagedProgress } from './trial/staged-progress';
import { refuseRepair } from './trial/trial-refusals';

/** Throws only the signal's reason, and what reading weights throws. */
export async function runPruneChannels(
  model: Model,
  options: PruneChannelsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  const progress = stagedProgress(context, { 'Inspecting layers': 1, 'Trying widths': 3, 'Fitting layers': 4 });
  const found = await scopeWithEvidence(model, options, context, progress);
  try {
    const choice = await chooseRemoval(found, options, context, progress);
    return await pruned(model, choice, options, context, progress);
  } finally {
    found.evidence?.trial.close();
    progress.finish();
  }
}

async function pruned(
  model: Model,
  choice: Choice,
  options: PruneChannelsOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<PassOutcome> {
  const { scope, scores, widths, evidence } = choice;
  const missed = missedTarget(scope, options);
  const refusals = [...scope.refusals, ...choice.refusals, ...missed];
  if (missed.length > 0 || widths.every((width) => width === 0)) return { model, changes: [], refusals };
  const removed = removedUnits(scope, scores, widths);
  const kept = keptPositions(scope.coupled.space, removed);
  const repaired = evidence && (await repair(choice, evidence, options, context, progress));
  const narrow =
    repaired?.model ?? (await removeChannels(scope.model, scope.coupled, removed, () => context.checkpoint()));
  const heldOut = repaired?.heldOut;
  return {
    model: withSharedVectors(narrow, scope.copies),
    changes: removalChanges(scope, kept),
    refusals: [...refusals, ...(repaired?.refusals ?? [])],
    details: removalDetails(scope, widths, heldOut),
    sentence: removalSentence(scope, widths, options, heldOut),
  };
}

/** Plans the removal of `runPruneChannels`. Widths that are tried on data are tried here too. */
export async function planPruneChannels(
  model: Model,
  options: PruneChannelsOptions,
  context: PassContext,
): Promise<StructuralPlan> {
  const progress = stagedProgress(context, { 'Inspecting layers': 1, 'Trying widths': 3 });
  const found = await scopeWithEvidence(model, options, context, progress);
  try {
    const { scope, widths } = await chooseRemoval(found, options, context, progress);
    return removalPlan(scope, widths, options);
  } finally {
    found.evidence?.trial.close();
    progress.finish();
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
  options: Pick<PruneChannelsOptions, 'recover'>,
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
