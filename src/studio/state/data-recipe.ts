/** Mapping and split travel in the recipe file; on the screen they belong to the data. */
import { checkMapping } from '../../engine/data/mapping/check-mapping';
import type { Recipe } from '../../engine/recipe/recipe';
import { modelInterface, usedSplit } from './data-selectors';
import type { DataSource, Original, WorkData, WorkspaceState } from './workspace-store';

/** The recipe as a file holds it: with how data is fed and split, where there is data. */
export function recipeForFile({ recipe, data }: Pick<WorkspaceState, 'recipe' | 'data'>): Recipe {
  return data === null ? recipe : { ...recipe, data: { mapping: data.mapping, split: usedSplit(data) } };
}

/** What a recipe says about data, where it fits this data and model; `null` where it says nothing or does not fit. */
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
