import { selectSelectedVariant } from '../workspace/selectors';
import type { Variant, WorkDocument, WorkspaceState } from '../workspace/workspace-store';
import { currentCalibration, sameCalibration } from '../data/calibration';
import { sameRecipe } from '../../../engine/recipe/same-recipe';

/** True when running the recipe on the data of the document would make this variant again. */
export function isMadeBy(
  { recipe, fromFile, calibration, teacher }: Pick<Variant, 'recipe' | 'fromFile' | 'calibration' | 'teacher'>,
  document: Pick<WorkDocument, 'recipe' | 'data' | 'teacher'>,
): boolean {
  if (fromFile !== undefined || !sameRecipe(recipe, document.recipe)) return false;
  if (teacher !== undefined && teacher?.key !== document.teacher?.key) return false;
  return calibration === undefined || sameCalibration(calibration, currentCalibration(document.data));
}

/** True when the recipe shown, or the data it calibrates with, no longer makes the selected variant. */
export function isRecipeStale(state: WorkspaceState): boolean {
  const variant = selectSelectedVariant(state);
  return variant !== null && variant.fromFile === undefined && !isMadeBy(variant, state);
}

/** True if there is a variant that running the recipe would make again. */
export function isRecipeMade(state: WorkspaceState): boolean {
  return state.variants.some((variant) => isMadeBy(variant, state));
}
