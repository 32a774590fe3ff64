import type { OptionValues } from '../passes/option-spec';
import type { Recipe } from './recipe';

function optionText(options: OptionValues): string {
  return JSON.stringify(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The effect of a recipe as text: switched-off passes do nothing, and the order of options does not matter. */
function recipeText(recipe: Recipe): string {
  const steps = recipe.steps.filter((step) => step.enabled);
  return JSON.stringify([recipe.seed, ...steps.map((step) => [step.pass, optionText(step.options)])]);
}

/** Names a recipe by its effect: equal for recipes that make the same variant with the same data. */
export function recipeKey(recipe: Recipe): string {
  return `recipe|${recipeText(recipe)}`;
}

/** The first of these that has a recipe which makes the same variant of the same data. A variant of a file has none. */
export function findByRecipe<Made extends { readonly recipe: Recipe; readonly fromFile?: string | undefined }>(
  all: readonly Made[],
  recipe: Recipe,
): Made | undefined {
  return all.find((each) => each.fromFile === undefined && sameRecipe(each.recipe, recipe));
}

/**
 * Returns the variant of a point of a trade-off. It has the id of the point if it was opened from a file. Otherwise it
 * has its recipe.
 */
export function findMade<
  Made extends { readonly id: string; readonly recipe: Recipe; readonly fromFile?: string | undefined },
>(variants: readonly Made[], { id, recipe }: { readonly id: string; readonly recipe: Recipe }): Made | undefined {
  return variants.find((each) => each.fromFile !== undefined && each.id === id) ?? findByRecipe(variants, recipe);
}

/** True when two recipes make the same variant of the same data. */
export function sameRecipe(a: Recipe, b: Recipe): boolean {
  return a === b || recipeText(a) === recipeText(b);
}
