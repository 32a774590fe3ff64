import type { Variant, WorkDocument } from '../workspace/workspace-store';
import { currentCalibration, sameCalibration } from '../data/calibration';
import { sameRecipe } from '../../../engine/recipe/same-recipe';

/** True when running the recipe on the data of the document would make this variant again. */
export function isMadeBy(
  { recipe, calibration, teacher }: Pick<Variant, 'recipe' | 'calibration' | 'teacher'>,
  document: Pick<WorkDocument, 'recipe' | 'data' | 'teacher'>,
): boolean {
  if (!sameRecipe(recipe, document.recipe)) return false;
  if (teacher !== undefined && teacher?.key !== document.teacher?.key) return false;
  return calibration === undefined || sameCalibration(calibration, currentCalibration(document.data));
}
