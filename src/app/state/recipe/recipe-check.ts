/**
 * Checks if a recipe can run as it stands. The check runs on every edit, so that a person sees the problem before
 * pressing Run.
 */
import { isParetoError } from '../../../engine/errors';
import { findPass } from '../../../engine/passes/registry';
import { recipeCalibrates, resolveRecipe } from '../../../engine/recipe/pipeline';
import type { Recipe } from '../../../engine/recipe/recipe';
import { sentenceOf } from '../jobs/job-runner';

/**
 * Throws for a pass or an option that this Pareto does not have, also in a step that is switched off. Steps in an order
 * that makes no sense are let through: that is put right by moving them.
 */
export function assertKnownSteps(recipe: Recipe): void {
  for (const step of recipe.steps) resolveRecipe({ ...recipe, steps: [{ ...step, enabled: true }] });
}

/** The first thing that is wrong with the recipe, as a sentence; `null`: it can run. */
export function recipeProblem(recipe: Recipe): string | null {
  try {
    resolveRecipe(recipe);
    return null;
  } catch (error) {
    const isOrder = isParetoError(error) && error.code === 'recipe/order';
    return isOrder ? withTitles(sentenceOf(error)) : sentenceOf(error);
  }
}

/** The shell knows passes by their ids, the page by their titles. */
function withTitles(sentence: string): string {
  return sentence.replaceAll(/[a-z][a-z0-9-]*/g, (word) => {
    const title = findPass(word)?.presentation.title;
    return title === undefined ? word : `“${title}”`;
  });
}

/** The place among the steps for one more pass: at the end, or as near to it as the order of passes allows. */
export function placeOfPass(recipe: Recipe, pass: string): number {
  const { steps } = recipe;
  const step = { pass, enabled: true, options: {} };
  for (let at = steps.length; at >= 0; at -= 1) {
    if (recipeProblem({ ...recipe, steps: steps.toSpliced(at, 0, step) }) === null) return at;
  }
  return steps.length;
}

/** True when a pass of the recipe uses data. A recipe that cannot run does not. */
export function calibrates(recipe: Recipe): boolean {
  return recipeProblem(recipe) === null && recipeCalibrates(recipe);
}
