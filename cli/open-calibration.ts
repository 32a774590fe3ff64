/** Opens the data that passes calibrate with, for every command that runs passes. */
import { createCalibrationData } from '../src/engine/data/calibration';
import type { CalibrationData } from '../src/engine/data/calibration-data';
import type { ReadContext } from '../src/engine/data/dataset';
import type { DataMapping } from '../src/engine/data/mapping/mapping';
import { hashDataset } from '../src/engine/data/open-dataset';
import { calibrationSplit } from '../src/engine/data/split';
import { recipeCalibrates } from '../src/engine/recipe/pipeline';
import type { Recipe } from '../src/engine/recipe/recipe';
import { listOption, type Invocation } from './command';
import { chooseMapping, refuseIdleDataOptions } from './data-options';
import { openGivenData } from './open-data';
import type { OpenedFile } from './open-input';
import { readCalibrationCount } from './sample-choice';

export interface OpenedCalibration {
  readonly calibration: CalibrationData;
  readonly facts: DataFacts;
}

/** What the JSON document says of the data. */
export interface DataFacts {
  readonly name: string;
  readonly fingerprint: string;
  readonly samples: number;
  readonly mapping: DataMapping;
  readonly mappingReasons: readonly string[];
  /** False when none of the passes calibrates. */
  readonly used: boolean;
}

/** `undefined` without --data. Mistakes in the mapping are found whether or not a pass uses the data. */
export async function openCalibration(
  invocation: Invocation,
  { inspection: { inputs, outputs } }: OpenedFile,
  { recipe, givenMapping }: { readonly recipe: Recipe; readonly givenMapping: DataMapping | undefined },
  context: ReadContext,
): Promise<OpenedCalibration | undefined> {
  const paths = listOption(invocation, 'data');
  const count = readCalibrationCount(invocation);
  if (paths.length === 0) {
    refuseIdleDataOptions(invocation, ['samples']);
    return undefined;
  }
  const { dataset } = await openGivenData(invocation, paths, context);
  const { mapping, reasons } = await chooseMapping(invocation, givenMapping, { dataset, context }, { inputs, outputs });
  const fingerprint = await hashDataset(dataset, context);
  const { seed, calibration: setAside } = recipe.data?.split ?? { seed: recipe.seed, calibration: 0 };
  const split = calibrationSplit({ seed, calibration: count?.(dataset.description.samples) ?? setAside });
  const calibration = createCalibrationData(
    { dataset, fingerprint, mapping, split, inputs, freeDimensions: {} },
    context,
  );
  const used = recipeCalibrates(recipe);
  const { name } = dataset.description;
  const facts = { name, fingerprint, samples: calibration.samples, mapping, mappingReasons: reasons, used };
  return { calibration, facts };
}
