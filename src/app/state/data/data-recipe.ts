/** Mapping and split travel in the recipe file; on the screen they belong to the data. This brings them there. */
import { checkMapping } from '../../../engine/data/mapping/check-mapping';
import type { Recipe } from '../../../engine/recipe/recipe';
import { modelInterface } from './data-selectors';
import type { DataSource, Original, WorkData } from '../workspace/workspace-store';

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
