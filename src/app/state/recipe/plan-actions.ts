/** Estimates of the recipe, and plans of its structural steps, for the options in view. */
import { createStore } from 'zustand/vanilla';
import type { StructuralPlan } from '../../../engine/passes/pass';
import type { Recipe } from '../../../engine/recipe/recipe';
import type { RecipeSketch } from '../../../engine/recipe/sketch-recipe';
import type { ModelFiles } from '../../jobs/jobs';
import { filesOfOriginal } from '../../platform/file-registry';
import { currentJobs } from '../jobs/job-runner';
import { workspaceStore } from '../workspace/workspace-store';

export interface MadePlan {
  /** The files of the original. */
  readonly files: ModelFiles;
  readonly index: number;
  /** `planBasis` of what was planned. */
  readonly basis: string;
  readonly plan: StructuralPlan;
}

/** The plan that was made last: the graph and the layers show it. */
export const planStore = createStore<{ readonly latest: MadePlan | null }>(() => ({ latest: null }));

/** Estimated size and costs of a variant of the recipe. `null`: only a run can decide it. Rejects if the recipe cannot run. */
export async function sketchRecipe(
  signal: AbortSignal,
  recipe: Recipe = workspaceStore.getState().recipe,
): Promise<RecipeSketch | null> {
  const { freeDimensions } = workspaceStore.getState();
  return currentJobs().models.sketch({ signal }, filesOfOriginal(), recipe, freeDimensions);
}

/** The parts of the recipe that determine the plan of a step. */
export function planBasis({ seed, steps }: Recipe, index: number): string {
  const before = steps.slice(0, index).filter(({ enabled }) => enabled);
  return JSON.stringify([seed, before, steps[index]?.pass, steps[index]?.options]);
}

/**
 * Plans a step after the enabled steps before it, by weights alone. Returns `undefined` if the step is gone. Rejects if
 * the model is.
 */
export async function planStep(signal: AbortSignal, index: number): Promise<StructuralPlan | undefined> {
  const { recipe } = workspaceStore.getState();
  const step = recipe.steps[index];
  if (step === undefined) return undefined;
  const files = filesOfOriginal();
  const steps = [...recipe.steps.slice(0, index), { ...step, enabled: true }];
  const plan = await currentJobs().models.plan({ signal }, files, { ...recipe, steps });
  if (!signal.aborted) planStore.setState({ latest: { files, index, basis: planBasis(recipe, index), plan } });
  return plan;
}
