/**
 * Low-rank factorization: a layer becomes two with few channels between them. Ranks are chosen together for all layers.
 * With calibration data they are tried on held-out samples, and the second layers are fitted to the original by least
 * squares.
 */
import type { Model } from '../../onnx/graph';
import type { PassContext, PassOutcome, Refusal, StructuralPlan } from '../pass';
import { effortForMacs } from '../prune/channels/trial/evidence';
import { stagedProgress, type StagedProgress } from '../prune/channels/trial/staged-progress';
import { refuseData, refuseRepair, refuseRun, refuseUnusable } from '../prune/channels/trial/trial-refusals';
import { readTrialSamples } from '../prune/channels/trial/trial-samples';
import { chooseRanks, type ChosenRanks } from './choose-ranks';
import {
  budgetOf,
  type DecomposedLayer,
  decomposeLayers,
  factorizationsOf,
  rankedLayers,
  tryRanks,
} from './decompose-layers';
import {
  factorizationChanges,
  factorizationDetails,
  factorizationPlan,
  factorizationSentence,
  type FactorizeOutcome,
  missedTarget,
} from './describe-factorization';
import type { FactorizeOptions } from './factorize-options';
import { type FactorizeEvidence, gatherFactorizeEvidence } from './factorize-evidence';
import { factorizeScope, type FactorizeScope } from './factorize-scope';
import { writeFactors } from './write-factors';
import { constantsOf } from '../../onnx/constant-node';
import { refitInGroups } from '../prune/channels/repair/refit-in-groups';
import type { LayerRepair } from '../prune/channels/repair/solve-layer';
import { repairableLayers } from '../prune/channels/repair/repairable-layers';
import type { FactorizedModel } from './write-factors';

const stages = {
  'Inspecting layers': 2,
  'Factorizing layers': 2,
  'Trying ranks': 3,
  'Fitting layers': 4,
} as const;

/** Throws only the signal's reason, and what reading weights throws. */
export async function runFactorize(
  model: Model,
  options: FactorizeOptions,
  context: PassContext,
): Promise<PassOutcome> {
  const progress = stagedProgress(context, stages);
  const choice = await chooseFactors(model, options, context, progress);
  try {
    return await factorized(choice, options, context, progress);
  } finally {
    choice.evidence?.trial.close();
    progress.finish();
  }
}

/** Plans the work of `runFactorize`. Ranks that are tried on data are tried here too. */
export async function planFactorize(
  model: Model,
  options: FactorizeOptions,
  context: PassContext,
): Promise<StructuralPlan> {
  const progress = stagedProgress(context, stages);
  const { scope, layers, chosen, evidence } = await chooseFactors(model, options, context, progress);
  evidence?.trial.close();
  progress.finish();
  return factorizationPlan(scope, layers, chosen, options);
}

interface Choice {
  readonly scope: FactorizeScope;
  readonly layers: readonly DecomposedLayer[];
  readonly chosen: ChosenRanks;
  readonly divergence: number;
  /** Absent without data or a runtime. */
  readonly evidence?: FactorizeEvidence;
  readonly refusals: readonly Refusal[];
}

async function chooseFactors(
  model: Model,
  options: FactorizeOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Choice> {
  const found = await scopeWithEvidence(model, options, context, progress);
  const { scope, evidence } = found;
  const checkpoint = () => context.checkpoint();
  try {
    const layers = await decomposeLayers(scope, evidence, checkpoint, (done, total) =>
      progress.report('Factorizing layers', done, total),
    );
    const left = scope.layers.filter(({ layer }) => layers.every((decomposed) => decomposed.layer !== layer));
    const refusals = [...scope.refusals, ...left.map(({ layer }) => refuseNumbers(layer)), ...found.refusals];
    const missed = missedTarget(layers, options);
    if (evidence === undefined || missed.length > 0) {
      const chosen = await chooseRanks(rankedLayers(layers, options.of), budgetOf(layers, options), checkpoint);
      return { ...found, layers, chosen, divergence: Infinity, refusals: [...refusals, ...missed] };
    }
    const [best] = await tryRanks(layers, evidence, options, checkpoint, (done, total) =>
      progress.report('Trying ranks', done, total),
    );
    return { ...found, layers, ...best!, refusals };
  } catch (error) {
    evidence?.trial.close();
    throw error;
  }
}

function refuseNumbers({ path, op }: { readonly path: string; readonly op: string }): Refusal {
  return { path, op, code: 'not-finite', reason: 'Its weight contains NaN or infinity.' };
}

async function scopeWithEvidence(
  model: Model,
  options: FactorizeOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Pick<Choice, 'scope' | 'evidence' | 'refusals'>> {
  const { data, inference, signal } = context;
  const plain = factorizeScope(model, options, undefined);
  if (plain.layers.length === 0) return { scope: plain, refusals: [] };
  const samples = data && inference && (await readTrialSamples(data, effortForMacs(plain.macs ?? Infinity).samples));
  if (samples === undefined || inference === undefined)
    return {
      scope: plain,
      refusals: [refuseData(data?.samples, 'ranks are chosen by the weights, without least squares')],
    };
  const unusable = refuseUnusable(samples, 'ranks are chosen by the weights, without least squares');
  if (unusable) return { scope: plain, refusals: [unusable] };
  const scope = factorizeScope(model, options, samples.fit[0]);
  try {
    const evidence = await gatherFactorizeEvidence(
      scope,
      options,
      samples,
      { signal, inference, checkpoint: () => context.checkpoint() },
      (done, total) => progress.report('Inspecting layers', done, total),
    );
    return { scope, evidence, refusals: [] };
  } catch (error) {
    if (signal.aborted) throw error;
    return { scope: plain, refusals: [refuseRun(error, 'ranks are chosen by the weights, without least squares')] };
  }
}

function isMissed({ refusals }: Choice): boolean {
  return refusals.some(({ code }) => code === 'target-missed' || code === 'no-layers');
}

async function factorized(
  choice: Choice,
  options: FactorizeOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<PassOutcome> {
  const { scope, layers, chosen, refusals } = choice;
  if (isMissed(choice) || chosen.every((rank) => rank === undefined))
    return { model: scope.model, changes: [], refusals };
  const written = writeFactors(scope.model, await factorizationsOf(layers, chosen));
  const repaired = await repair(choice, written, options, context, progress);
  return {
    model: repaired?.model ?? written.model,
    changes: factorizationChanges(layers, chosen),
    refusals: [...refusals, ...(repaired?.refusals ?? [])],
    details: factorizationDetails(layers, chosen, repaired?.outcome),
    sentence: factorizationSentence(scope, layers, chosen, options.of, repaired?.outcome),
  };
}

interface Repaired {
  readonly model: Model;
  readonly outcome: FactorizeOutcome;
  readonly refusals: readonly Refusal[];
}

/**
 * Repairs the layers, and keeps the repair only if outputs on held-out samples come nearer to the original’s. Returns
 * `undefined` without data.
 */
async function repair(
  { scope, evidence }: Choice,
  written: ReturnType<typeof writeFactors>,
  { refit }: FactorizeOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Repaired | undefined> {
  const { inference, signal } = context;
  if (evidence === undefined || inference === undefined) return undefined;
  const { trial } = evidence;
  const plain = async (refusals: readonly Refusal[]): Promise<Repaired> => ({
    model: written.model,
    outcome: { ...(await trial.outcomeOf(written.model)), repairs: [] },
    refusals,
  });
  if (!refit) return plain([]);
  const start = await trial.divergenceOf(written.model);
  const { model, repairs } = await refitFactors(
    scope.model,
    written,
    evidence,
    { signal, inference, checkpoint: () => context.checkpoint() },
    (done, total) => progress.report('Fitting layers', done, total),
  );
  if (!((await trial.divergenceOf(model)) < start)) return plain([refuseRepair()]);
  return { model, outcome: { ...(await trial.outcomeOf(model)), repairs }, refusals: [] };
}

/**
 * Fits the second of two layers to the original's outputs, one after the other, from the outputs of the first in the
 * smaller model.
 * Layers whose fit does not help on held-out samples keep their factors.
 */
function refitFactors(
  original: Model,
  { model: student, seconds }: FactorizedModel,
  { samples }: FactorizeEvidence,
  context: Pick<PassContext, 'signal' | 'checkpoint'> & { readonly inference: NonNullable<PassContext['inference']> },
  progress: (done: number, total: number) => void,
): Promise<{ readonly model: Model; readonly repairs: readonly LayerRepair[] }> {
  const layers = repairableLayers(student, { constants: constantsOf(student) }, inOrder(student, seconds));
  const { signal, inference } = context;
  return refitInGroups({
    ...{ signal, inference, original, student, layers, samples, progress },
    checkpoint: () => context.checkpoint(),
  });
}

function inOrder({ graph }: Model, seconds: FactorizedModel['seconds']): FactorizedModel['seconds'] {
  const positions = new Map(graph!.nodes.flatMap(({ outputs }, at) => outputs.map((name) => [name, at] as const)));
  const positionOf = ({ node }: FactorizedModel['seconds'][number]): number => positions.get(node.outputs[0]!) ?? 0;
  return seconds.toSorted((a, b) => positionOf(a) - positionOf(b));
}
