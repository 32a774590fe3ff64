/** `optimize --data` of a folder: each part is calibrated with the outputs of the original's parts before it. */
import { calibrateRecipe } from '../../src/engine/recipe/recipe-calibration';
import { recipeCalibrates } from '../../src/engine/recipe/pipeline';
import type { CalibrationData } from '../../src/engine/data/calibration-data';
import type { Recipe } from '../../src/engine/recipe/recipe';
import { createPartCalibration } from '../../src/runtime/parts/part-calibration';
import type { SessionHost } from '../../src/runtime/session/session-host';
import type { OptimizeRequest } from '../../src/work/optimize';
import { type OpenedFile, readModelFiles } from '../../src/runtime/node/disk/model-from-disk';
import type { ModelFolder, Shell } from '../command';
import { foundModel } from '../files/model-on-disk';
import type { ShellHost } from '../shell-host';
import { openEntryData, readPartsWork, type WritingOptions } from './parts-work';

export interface NamedPart {
  readonly name: string;
  readonly opened: OpenedFile;
}

export interface PartsRequest extends Pick<OptimizeRequest, 'data' | 'samples'> {
  readonly writing: WritingOptions;
}

export interface PartsHosts {
  readonly shell: Shell;
  readonly host: ShellHost;
  /** Opens the parts each time that a pass reads the samples. */
  readonly sessions: SessionHost;
}

export interface PartsCalibration {
  /** `undefined` if no pass of the recipe calibrates. */
  of(part: string, recipe: Recipe): Promise<CalibrationData | undefined>;
}

/** `undefined` without data. Throws as `readPartsWork` and `openEntryData` do. */
export async function openPartsCalibration(
  { data, samples, writing }: PartsRequest,
  folder: ModelFolder,
  parts: readonly NamedPart[],
  { shell, host, sessions }: PartsHosts,
): Promise<PartsCalibration | undefined> {
  if (data === undefined) return undefined;
  const sides = parts.map(({ name, opened: { inspection } }) => ({
    name,
    inputs: inspection.inputs,
    outputs: inspection.outputs,
  }));
  const partsWork = await readPartsWork(shell, folder, sides, writing);
  const entryData = await openEntryData(data, partsWork, host);
  const { threads } = host;
  const count = samples === 'all' ? entryData.dataset.description.samples : samples;
  const files = parts.map(async ({ name, opened }) => ({ name, files: await readModelFiles(foundModel(opened)) }));
  const originals = await Promise.all(files);
  return {
    async of(part, recipe) {
      if (!recipeCalibrates(recipe)) return undefined;
      const { inputs } = partsWork.entry;
      const { calibration } = await calibrateRecipe(recipe, { ...entryData, inputs, count }, host);
      const request = { parts: originals, work: partsWork.work, part, entry: calibration, threads };
      return createPartCalibration(host, sessions, request);
    },
  };
}
