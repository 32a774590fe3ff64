/** A short name for what a recipe makes: "int8 (dynamic, with Conv)", "50 % zeros, int8 (dynamic)". */
import { capitalize } from '../format';
import { resolveOptions } from '../passes/options';
import { findPass } from '../passes/registry';
import type { PassReport } from './optimization';
import type { Recipe, RecipeStep } from './recipe';

/** The enabled steps that distinguish variants: all but preparations and new names, unless there is nothing else. */
export function essentialSteps(recipe: Pick<Recipe, 'steps'>): readonly RecipeStep[] {
  const steps = recipe.steps.filter((step) => step.enabled);
  const essential = steps.filter(({ pass: id }) => {
    const pass = findPass(id);
    return pass?.isPreparation !== true && pass?.renamesOnly !== true;
  });
  return essential.length > 0 ? essential : steps;
}

export function nameRecipe(recipe: Recipe): string {
  const names = essentialSteps(recipe).map(nameStep);
  const name = names.length === 0 ? 'unchanged' : names.join(', ');
  // The name of a data type keeps its spelling.
  return /^[a-z]+\d/.test(name) ? name : capitalize(name);
}

/** Names a recipe after it ran. Steps that changed nothing are left out if another step changed something. */
export function nameMade(recipe: Recipe, passes: readonly Pick<PassReport, 'changes'>[]): string {
  const steps = recipe.steps.filter((step) => step.enabled);
  const changing = steps.filter((_, index) => passes[index]?.changes.length !== 0);
  return nameRecipe({ ...recipe, steps: changing.length === 0 ? steps : changing });
}

function nameStep(step: RecipeStep): string {
  const { pass: id, options } = step;
  const pass = findPass(id);
  return pass?.presentation.name?.(resolveOptions(pass, options)) ?? id.replaceAll('-', ' ');
}
