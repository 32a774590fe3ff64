/** Sizes and costs of the result of a recipe, before it runs, for people who try options. */
import { inspect } from '../analysis/inspect';
import type { FreeDimensions } from '../data/feeds';
import { encodedBytes } from '../onnx/codec/encode-files';
import type { Model } from '../onnx/graph';
import { storedDataBytes } from '../onnx/map-tensors';
import type { PassContext, StructuralPlan } from '../passes/pass';
import {
  calibratesIn,
  randomOfStep,
  resolveRecipe,
  runPipeline,
  type PipelineContext,
  type RecipeCache,
  type ResolvedStep,
} from './pipeline';
import type { Recipe } from './recipe';

export interface RecipeSketch {
  /** Model and data file together. */
  readonly sizeBytes: number;
  readonly parameters: number;
  /** `null`: a size of the model is not known. */
  readonly macs: number | null;
  /** False: a step removes parts, which are planned by the weights alone. Data may change that. */
  readonly isExact: boolean;
}

/** The most bytes of tensors in a model for which passes without a quicker way run. */
const mostRunBytes = 64e6;

export type SketchContext = PipelineContext & {
  /** Sizes of free dimensions, to count MACs with. */
  readonly dimensions?: FreeDimensions;
};

/**
 * Sizes and costs of the result of the enabled steps of `recipe`. Exact but for steps that remove parts, which are planned by the weights
 * alone. `null` if a run is needed: a step calibrates and has neither sketch nor plan, or the model is large. Throws as `resolveRecipe`
 * and passes do.
 * @param cache results of earlier runs on this very model. The results of the first steps are kept there, up to the first sketch or plan.
 */
export async function sketchRecipe(
  model: Model,
  recipe: Recipe,
  context: SketchContext,
  cache?: RecipeCache,
): Promise<RecipeSketch | null> {
  const steps = resolveRecipe(recipe);
  const isLarge = storedDataBytes(model) > mostRunBytes;
  const ways = steps.map((step) => wayOf(step, isLarge));
  if (ways.includes('unknown')) return null;
  const runs = ways.findIndex((way) => way !== 'run');
  const leading = steps.slice(0, runs === -1 ? steps.length : runs).map(({ step }) => step);
  const begun = await runPipeline(model, { ...recipe, steps: leading }, { ...context, warnsOfCost: false }, cache);
  let sketched = begun.model;
  const plans: StructuralPlan[] = [];
  for (const [index, { pass, step }] of steps.entries()) {
    if (index < leading.length) continue;
    const given = [sketched, step.options, contextOfStep(model, recipe, index, context)] as const;
    if (pass.sketch) sketched = await pass.sketch(...given);
    else if (pass.plan) plans.push(await pass.plan(...given));
    else sketched = (await pass.run(...given)).model;
  }
  const isRough = steps.some(({ pass }) => pass.isSketchRough === true);
  const { isExact, ...figures } = figuresOf(sketched, plans, context.dimensions);
  return { ...figures, isExact: isExact && !isRough };
}

function wayOf(resolved: ResolvedStep, isLarge: boolean): 'sketch' | 'plan' | 'run' | 'unknown' {
  const { pass } = resolved;
  if (pass.sketch) return 'sketch';
  if (pass.plan) return 'plan';
  const isQuick = !isLarge || pass.isPreparation === true || pass.standsLast !== undefined;
  return calibratesIn(resolved) || !isQuick ? 'unknown' : 'run';
}

function contextOfStep(model: Model, recipe: Recipe, index: number, context: SketchContext): PassContext {
  return {
    signal: context.signal,
    checkpoint: () => context.checkpoint(),
    progress: () => undefined,
    observe: () => undefined,
    original: model,
    random: randomOfStep(recipe, index),
  };
}

function figuresOf(
  model: Model,
  plans: readonly StructuralPlan[],
  dimensions: FreeDimensions | undefined,
): RecipeSketch {
  const sizeBytes = encodedBytes(model);
  const { macs, parameters, weightBytes } = inspect(model, { name: '', sizeBytes, sha256: '' }, { dimensions });
  if (plans.length === 0) return { sizeBytes, parameters, macs, isExact: true };
  const share = (of: (plan: StructuralPlan) => StructuralPlan['parameters']): number =>
    plans.reduce((product, plan) => (product * of(plan).after) / Math.max(1, of(plan).before), 1);
  const macsShare = share(({ macs: { before, after } }) => ({ before: before ?? 1, after: after ?? before ?? 1 }));
  return {
    // Nodes and names stay.
    sizeBytes: Math.round(sizeBytes - weightBytes * (1 - share((plan) => plan.weightBytes))),
    parameters: Math.round(parameters * share(({ parameters: all }) => all)),
    macs: macs === null ? null : Math.round(macs * macsShare),
    isExact: false,
  };
}
