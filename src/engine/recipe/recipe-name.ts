/** A short name for what a recipe makes: "INT8 dynamic + Conv", "Prune 50 % + INT8 dynamic". */
import { resolveOptions } from '../passes/options';
import { findPass } from '../passes/registry';
import type { Recipe, RecipeStep } from './recipe';

export function nameRecipe(recipe: Recipe): string {
  const steps = recipe.steps.filter((step) => step.enabled);
  const telling = steps.filter(({ pass }) => findPass(pass)?.isPreparation !== true);
  const names = (telling.length > 0 ? telling : steps).map(nameStep);
  return names.length === 0 ? 'Unchanged' : names.join(' + ');
}

function nameStep({ pass: id, options }: RecipeStep): string {
  const pass = findPass(id);
  return pass?.name?.(resolveOptions(pass, options)) ?? id.replaceAll('-', ' ');
}
