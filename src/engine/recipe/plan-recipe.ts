/**
 * Plans the effect of the last step of a recipe on the structure of a model, after the steps before it, without running
 * that step.
 */
import { dataOfBatch } from './data-of-batch';
import { ParetoError } from '../errors';
import type { Model } from '../onnx/graph';
import type { StructuralPlan } from '../passes/pass';
import { passes } from '../passes/registry';
import { randomOfStep, resolveRecipe, runPipeline, type PipelineContext, type RecipeCache } from './pipeline';
import type { Recipe } from './recipe';

/**
 * Throws as `runPipeline` does, `recipe/no-plan` when the last step is not structural, and `recipe/empty` without a step.
 * @param cache results of earlier runs on this very model.
 */
export async function planRecipe(
  model: Model,
  recipe: Recipe,
  context: PipelineContext,
  cache?: RecipeCache,
): Promise<StructuralPlan> {
  const steps = resolveRecipe(recipe);
  const last = steps.at(-1);
  if (last === undefined) throw new ParetoError('recipe/empty', 'The recipe has no step to plan.');
  const { pass, step } = last;
  if (pass.plan === undefined) {
    const planned = passes.filter(({ plan }) => plan !== undefined).map(({ id }) => id);
    throw new ParetoError(
      'recipe/no-plan',
      `${pass.id} keeps the structure of the model, so there is nothing to plan. Passes with a plan: ${planned.join(', ')}.`,
    );
  }
  const passCount = steps.length;
  const earlier = steps.slice(0, -1).map(({ step: before }) => before);
  const progress: PipelineContext['progress'] = (update) => context.progress({ ...update, passCount });
  const before = await runPipeline(model, { ...recipe, steps: earlier }, { ...context, progress }, cache);
  return pass.plan(before.model, step.options, {
    signal: context.signal,
    checkpoint: () => context.checkpoint(),
    progress: (update) =>
      progress({ ...update, pass: pass.id, passTitle: pass.presentation.title, passIndex: passCount - 1, passCount }),
    observe: (observation) => context.observe?.(observation),
    original: model,
    random: randomOfStep(recipe, earlier.length),
    ...(context.data && { data: dataOfBatch(context.data, model, before.model) }),
    ...(context.inference && { inference: context.inference }),
  });
}
