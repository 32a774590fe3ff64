/** Opens the data that passes calibrate with, for every command that runs passes. */
import type { CalibrationData } from '../src/engine/data/calibration-data';
import type { DataMapping } from '../src/engine/data/mapping/mapping';
import { calibrateRecipe, type DataFacts } from '../src/engine/recipe/recipe-calibration';
import type { Recipe } from '../src/engine/recipe/recipe';
import type { RecipeHost } from '../src/engine/recipe/recipe-host';
import { listOption, type Invocation } from './command';
import { chooseMapping, refuseIdleDataOptions } from './options/data-options';
import { openGivenData } from './open-data';
import type { OpenedFile } from './open-input';
import { readCalibrationCount } from './options/sample-choice';

export interface OpenedCalibration {
  readonly calibration: CalibrationData;
  readonly facts: DataFacts;
}

/** `undefined` without --data. Mistakes in the mapping are found whether or not a pass uses the data. */
export async function openCalibration(
  invocation: Invocation,
  { inspection: { inputs, outputs } }: OpenedFile,
  { recipe, givenMapping }: { readonly recipe: Recipe; readonly givenMapping: DataMapping | undefined },
  context: RecipeHost,
): Promise<OpenedCalibration | undefined> {
  const paths = listOption(invocation, 'data');
  const countOf = readCalibrationCount(invocation);
  if (paths.length === 0) {
    refuseIdleDataOptions(invocation, ['samples']);
    return undefined;
  }
  const { dataset } = await openGivenData(invocation, paths, context);
  const chosen = await chooseMapping(invocation, givenMapping, { dataset, context }, { inputs, outputs });
  const count = countOf?.(dataset.description.samples);
  return calibrateRecipe(recipe, { dataset, chosen, inputs, count }, context);
}
