/** A short name for what a recipe makes: "Integer arithmetic + Conv", "Prune 50 % + Integer arithmetic". */
import { resolveOptions } from '../passes/options';
import { findPass, removedPassOf } from '../passes/registry';
import type { PassReport } from './optimization';
import type { Recipe, RecipeStep } from './recipe';

/** The enabled steps without preparations, unless there is nothing else: what tells variants apart. */
export function tellingSteps(recipe: Pick<Recipe, 'steps'>): readonly RecipeStep[] {
  const steps = recipe.steps.filter((step) => step.enabled);
  const telling = steps.filter(({ pass }) => findPass(pass)?.isPreparation !== true);
  return telling.length > 0 ? telling : steps;
}

export function nameRecipe(recipe: Recipe): string {
  const names = tellingSteps(recipe).map(nameStep);
  return names.length === 0 ? 'Unchanged' : names.join(' + ');
}

/** The same of what came of it: steps that changed nothing are not named, where others did. */
export function nameMade(recipe: Recipe, passes: readonly Pick<PassReport, 'changes'>[]): string {
  const steps = recipe.steps.filter((step) => step.enabled);
  const changing = steps.filter((_, index) => passes[index]?.changes.length !== 0);
  return nameRecipe({ ...recipe, steps: changing.length === 0 ? steps : changing });
}

function nameStep(step: RecipeStep): string {
  const { pass: id, options } = step;
  const pass = removedPassOf(step) ?? findPass(id);
  return pass?.presentation.name?.(resolveOptions(pass, options)) ?? id.replaceAll('-', ' ');
}
