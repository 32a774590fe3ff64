/** A short name for what a recipe makes: "INT8 dynamic + Conv", "Prune 50 % + INT8 dynamic". */
import { resolveOptions } from '../passes/options';
import { passes } from '../passes/registry';
import type { Recipe, RecipeStep } from './recipe';

export function nameRecipe(recipe: Recipe): string {
  const names = recipe.steps.filter((step) => step.enabled).map(nameStep);
  return names.length === 0 ? 'Unchanged' : names.join(' + ');
}

function nameStep({ pass: id, options }: RecipeStep): string {
  const pass = passes.find((candidate) => candidate.id === id);
  return pass?.name?.(resolveOptions(pass, options)) ?? id.replaceAll('-', ' ');
}
