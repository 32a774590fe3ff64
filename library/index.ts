/** The entry `.`: the engine alone. It works in the calling thread of any platform, and runs no model. */
import type { ModelDifference } from '../src/engine/analysis/diff/diff';
import type { Inspection } from '../src/engine/analysis/inspection';
import { createModelPlatform } from './host';
import { compareModels, inspectModel, optimizeByRecipe } from './look';
import { followed } from './progress';
import type { CallOptions, InspectOptions, ModelSource, OptimizeResult, RecipeOptions } from './types';

export { isParetoError, ParetoError } from '../src/engine/errors';
export { passes } from './pass-records';
export type * from './types';

/** Inputs, outputs, operators, weights, costs and warnings of a model. */
export async function inspect(model: ModelSource, options: InspectOptions = {}): Promise<Inspection> {
  return followed(options, (following) => inspectModel(model, options, createModelPlatform(following)));
}

/** Runs the passes of a recipe. No model runs: parts of passes that need it are skipped, with a reason in the report. */
export async function optimize(model: ModelSource, options: RecipeOptions): Promise<OptimizeResult> {
  return followed(options, (following) => optimizeByRecipe(model, options, createModelPlatform(following)));
}

/** Compares two models node by node. Weights are compared bit by bit. */
export async function diff(a: ModelSource, b: ModelSource, options: CallOptions = {}): Promise<ModelDifference> {
  return followed(options, (following) => compareModels(a, b, options, createModelPlatform(following)));
}
