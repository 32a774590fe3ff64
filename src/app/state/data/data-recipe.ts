/** The parts of data that depend on model and recipe: whether it fits, and the mapping and split that a recipe file holds. */
import { checkMapping } from '../../../engine/data/mapping/check-mapping';
import type { Recipe } from '../../../engine/recipe/recipe';
import { modelInterface } from './data-selectors';
import type { DataSource, Original, WorkData } from '../workspace/workspace-store';

/** The first reason why the data, with this mapping, cannot feed the model. `undefined`: there is none. */
export function misfitOf({ mapping, evaluation }: WorkData, original: Original): string | undefined {
  return checkMapping(mapping, evaluation.description, modelInterface(original))[0];
}

/** Returns the data part of a recipe if it fits this data and model; `null` if there is none or it does not fit. */
function dataOfRecipe(recipe: Recipe, source: DataSource, original: Original): Recipe['data'] | null {
  const { data } = recipe;
  if (data === undefined) return null;
  return checkMapping(data.mapping, source.description, modelInterface(original)).length === 0 ? data : null;
}

/** The data of the work as a recipe that was opened wants it. */
export function withRecipeData(data: WorkData, recipe: Recipe, original: Original): WorkData {
  const wanted = dataOfRecipe(recipe, data.evaluation, original);
  return wanted == null ? data : { ...data, mapping: wanted.mapping, split: wanted.split };
}
