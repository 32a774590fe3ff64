/** The time that training will take on this device, from the measured speed of the original. Pure. */
import { findPass } from '../../../engine/passes/registry';
import { resolveOptions } from '../../../engine/passes/options';
import { trainingOptions } from '../../../engine/passes/train/training-options';
import type { RecipeStep } from '../../../engine/recipe/recipe';
import { recipeProblem } from './recipe-check';
import { cellKey, originalId, type WorkspaceState } from '../workspace/workspace-store';

/** One sample of a training step takes about as long as so many runs of the original: measured from 4.2 to 6.0. */
const runsPerTrainedSample = 5;

type MeasuredWork = Pick<WorkspaceState, 'cells' | 'evaluations' | 'recipe'>;

/**
 * An upper estimate in ms, since training may end earlier. `null` if nothing trains, the recipe cannot run, or the
 * original was not measured on WASM.
 */
export function estimateTrainingMs(state: MeasuredWork): number | null {
  const msPerSample = measuredMsPerSample(state);
  if (msPerSample === null || recipeProblem(state.recipe) !== null) return null;
  const samples = state.recipe.steps.filter(({ enabled }) => enabled).map(trainedSamples);
  const total = samples.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  return samples.reduce(
    (sum, { count, mostMs }) => sum + Math.min(mostMs, count * runsPerTrainedSample * msPerSample),
    0,
  );
}

function measuredMsPerSample({ cells, evaluations }: MeasuredWork): number | null {
  const key = cellKey(originalId, 'wasm');
  const cell = cells[key];
  if (cell !== undefined) return cell.steady.medianMs / Math.max(1, cell.batch);
  const evaluation = evaluations[key]?.evaluation;
  return evaluation === undefined || evaluation.samples === 0 ? null : evaluation.runMs / evaluation.samples;
}

interface TrainedSamples {
  readonly count: number;
  readonly mostMs: number;
}

/** Samples of all batches of a step of a recipe that can run; 0 if it does not train. Rounds of pruning train with the usual batch. */
function trainedSamples({ pass: id, options }: RecipeStep): TrainedSamples {
  const pass = findPass(id)!;
  const given = resolveOptions(pass, options) as Readonly<Record<string, unknown>>;
  const numberOf = (name: string, otherwise: number): number =>
    typeof given[name] === 'number' ? given[name] : otherwise;
  const rounds = numberOf('rounds', 1);
  const steps = rounds > 1 ? rounds * numberOf('stepsPerRound', 0) : numberOf('steps', 0);
  const limitMinutes = numberOf('timeLimitMinutes', 0);
  return {
    count: steps * numberOf('batch', trainingOptions.batch.default),
    mostMs: limitMinutes > 0 ? limitMinutes * 60_000 : Infinity,
  };
}
