/** Changes a model by a recipe, on any platform, with or without a runtime. */
import type { CalibrationData } from '../src/engine/data/calibration-data';
import type { FreeDimensions } from '../src/engine/data/feeds';
import { ParetoError } from '../src/engine/errors';
import { resolveRecipe } from '../src/engine/recipe/pipeline';
import type { Recipe } from '../src/engine/recipe/recipe';
import type { RecipeHost } from '../src/engine/recipe/recipe-host';
import { parseRecipe } from '../src/engine/recipe/recipe-schema';
import { runRecipe } from '../src/engine/recipe/run-recipe';
import { refuseUnknownDimensions, refuseUnknownOptions, seedOf } from './check-options';
import type { ModelHost } from './host';
import { readModelSource, WrittenFiles, type ReadModel } from './model-bytes';
import type { ModelSource, OptimizeResult, RecipeInput, RecipeOptions } from './types';

/** The function of the entry `.`: the recipe runs in the calling thread, without a runtime for models. */
export async function optimizeByRecipe(
  source: ModelSource,
  options: RecipeOptions,
  host: ModelHost,
): Promise<OptimizeResult> {
  refuseUnknownOptions(options, ['recipe', 'seed', 'dimensions']);
  const recipe = recipeOf(options.recipe, options.seed);
  const model = await readModelSource(source, host);
  refuseUnknownDimensions(options.dimensions, model.opened.model);
  const { report, written } = await runInMemory(model, recipe, { dimensions: options.dimensions }, host);
  return { ...written.toModel(), report };
}

export interface RecipeRunOptions {
  readonly dimensions: FreeDimensions | undefined;
  readonly calibration?: CalibrationData;
}

/** Runs a recipe on an open model and writes the variant into memory. */
export async function runInMemory(
  { name, opened }: ReadModel,
  recipe: Recipe,
  { dimensions, calibration }: RecipeRunOptions,
  host: RecipeHost & Pick<ModelHost, 'progress'>,
) {
  const written = new WrittenFiles();
  const { optimization, inspection } = await runRecipe(
    opened,
    {
      recipe,
      variantName: name,
      storage: 'auto',
      openSink: (file) => written.openSink(file),
      onProgress: host.progress,
      data: calibration,
      dimensions,
    },
    host,
  );
  return { report: optimization, inspection, written };
}

/** Throws `recipe/…` and `options/…` for a recipe that is written wrongly, before the model is read. */
export function recipeOf(input: RecipeInput | undefined, seed: number | undefined): Recipe {
  if (input === undefined)
    throw new ParetoError('options/invalid', 'The recipe is missing. Set recipe to a list of passes.');
  const document = Array.isArray(input) ? { version: 1, seed: 0, steps: input } : input;
  const recipe = parseRecipe(document);
  resolveRecipe(recipe);
  const given = seedOf(seed);
  return given === undefined ? recipe : { ...recipe, seed: given };
}
