import type { Variant, WorkDocument } from '../workspace/workspace-store';
import { currentCalibration, sameCalibration } from '../data/calibration';
import { sameRecipe } from '../../../engine/recipe/same-recipe';

/** True when running the recipe on the data of the document would make this variant again. */
export function isMadeBy(
  { recipe, calibration }: Pick<Variant, 'recipe' | 'calibration'>,
  document: Pick<WorkDocument, 'recipe' | 'data'>,
): boolean {
  if (!sameRecipe(recipe, document.recipe)) return false;
  return calibration === undefined || sameCalibration(calibration, currentCalibration(document.data));
}
