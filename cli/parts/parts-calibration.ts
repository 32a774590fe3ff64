/** `optimize --data` of a folder: each part is calibrated with the outputs of the original's parts before it. */
import { calibrateRecipe } from '../../src/engine/recipe/recipe-calibration';
import { recipeCalibrates } from '../../src/engine/recipe/pipeline';
import type { CalibrationData } from '../../src/engine/data/calibration-data';
import type { Recipe } from '../../src/engine/recipe/recipe';
import type { RecipeHost } from '../../src/engine/recipe/recipe-host';
import { detectNodeDevice } from '../../src/runtime/node/node-device';
import { createPartCalibration } from '../../src/runtime/parts/part-calibration';
import type { SessionHost } from '../../src/runtime/session/session-host';
import { listOption, type Invocation, type ModelFolder } from '../command';
import { readGivenMapping, refuseIdleDataOptions } from '../options/data-options';
import { foundModel, readModelFiles } from '../model-on-disk';
import type { OpenedFile } from '../open-input';
import { readCalibrationCount } from '../options/sample-choice';
import { openEntryData, partsOptions, readPartsWork } from './parts-work';

export interface NamedPart {
  readonly name: string;
  readonly opened: OpenedFile;
}

export interface PartsCalibration {
  /** `undefined` if no pass of the recipe calibrates. */
  of(part: string, recipe: Recipe): Promise<CalibrationData | undefined>;
}

export interface PartsHosts {
  readonly recipe: RecipeHost;
  /** Opens the parts each time that a pass reads the samples. */
  readonly sessions: SessionHost;
}

/** `undefined` without `--data`. Throws as `readPartsWork` and `openEntryData` do. */
export async function openPartsCalibration(
  invocation: Invocation,
  folder: ModelFolder,
  parts: readonly NamedPart[],
  { recipe: host, sessions }: PartsHosts,
): Promise<PartsCalibration | undefined> {
  const countOf = readCalibrationCount(invocation);
  if (listOption(invocation, 'data').length === 0) {
    refuseIdleDataOptions(invocation, ['samples', ...Object.keys(partsOptions)]);
    return undefined;
  }
  const mapping = await readGivenMapping(invocation);
  const sides = parts.map(({ name, opened: { inspection } }) => ({
    name,
    inputs: inspection.inputs,
    outputs: inspection.outputs,
  }));
  const partsWork = await readPartsWork(invocation, folder, sides);
  const { dataset, chosen } = await openEntryData(invocation, partsWork, mapping, host);
  const { threads } = detectNodeDevice();
  const count = countOf?.(dataset.description.samples);
  const files = parts.map(async ({ name, opened }) => ({ name, files: await readModelFiles(foundModel(opened)) }));
  const originals = await Promise.all(files);
  return {
    async of(part, recipe) {
      if (!recipeCalibrates(recipe)) return undefined;
      const { inputs } = partsWork.entry;
      const { calibration } = await calibrateRecipe(recipe, { dataset, chosen, inputs, count }, host);
      const request = { parts: originals, work: partsWork.work, part, entry: calibration, threads };
      return createPartCalibration(host, sessions, request);
    },
  };
}
