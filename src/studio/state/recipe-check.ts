/** Whether a recipe can run as it stands. Asked on every edit, so the person sees it before pressing Run. */
import { resolveRecipe } from '../../engine/passes/pipeline';
import type { Recipe } from '../../engine/recipe/recipe';
import { sentenceOf } from './job-runner';

/** The first thing that is wrong with the recipe, as a sentence; `null`: it can run. */
export function recipeProblem(recipe: Recipe): string | null {
  try {
    resolveRecipe(recipe);
    return null;
  } catch (error) {
    return sentenceOf(error);
  }
}
