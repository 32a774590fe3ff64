/** The samples that the passes of a recipe calibrate with. */
import { createCalibrationData } from '../data/calibration';
import type { CalibrationData } from '../data/calibration-data';
import type { Dataset, ReadContext } from '../data/dataset';
import type { InputDescription } from '../data/feeds';
import type { DataMapping } from '../data/mapping/mapping';
import { calibrationSplit } from '../data/split';
import { ParetoError } from '../errors';
import { formatList } from '../format';
import type { PassReport } from './optimization';
import { recipeCalibrates } from './pipeline';
import type { Recipe } from './recipe';

/** The document of `optimize` says this of the data. */
export interface DataFacts {
  readonly name: string;
  /** SHA-256 over paths and contents of all files. */
  readonly fingerprint: string;
  /** Samples to calibrate with. */
  readonly samples: number;
  readonly mapping: DataMapping;
  /** The reasons for the mapping, if it was inferred. */
  readonly mappingReasons: readonly string[];
  /** False when none of the passes calibrates. */
  readonly used: boolean;
}

export interface CalibratingData {
  readonly dataset: Dataset;
  /** SHA-256 over paths and contents of all files. */
  fingerprint(): Promise<string>;
  readonly chosen: { readonly mapping: DataMapping; readonly reasons: readonly string[] };
  /** Inputs of the original model. */
  readonly inputs: readonly InputDescription[];
  /** Samples to calibrate with. Absent: as the recipe says, or as many as usual. */
  readonly count?: number;
}

/** Throws a ParetoError when the mapping does not fit, whether or not a pass uses the data. */
export async function calibrateRecipe(
  recipe: Recipe,
  { dataset, chosen: { mapping, reasons }, inputs, count, ...data }: CalibratingData,
  context: ReadContext,
): Promise<{ readonly calibration: CalibrationData; readonly facts: DataFacts }> {
  const fingerprint = await data.fingerprint();
  const { seed, calibration: setAside } = recipe.data?.split ?? { seed: recipe.seed, calibration: 0 };
  const split = calibrationSplit({ seed, calibration: count ?? setAside });
  const request = { dataset, fingerprint, mapping, split, inputs, freeDimensions: {} };
  const calibration = createCalibrationData(request, context);
  const { name } = dataset.description;
  const used = recipeCalibrates(recipe);
  return {
    calibration,
    facts: { name, fingerprint, samples: calibration.samples, mapping, mappingReasons: reasons, used },
  };
}

/**
 * Throws `data/missing` for a recipe that was made with data: without data it would make another file. Call it before the recipe runs.
 * @param remedy the sentence that says how to give data, and how to run without it.
 */
export function refuseRecipeWithoutData(recipe: Recipe, remedy: string): void {
  if (recipe.data !== undefined && recipeCalibrates(recipe)) throw missingData('The recipe was made with data', remedy);
}

/**
 * Throws `data/missing` if passes did nothing because there was no data.
 * @param remedy the sentence that says how to give data, and how to run without it.
 */
export function refuseUncalibrated(reports: readonly PassReport[], remedy: string): void {
  const idle = reports.filter(({ refusals }) => refusals.some(({ code }) => code === 'no-data'));
  const ids = [...new Set(idle.map(({ id }) => id))];
  if (ids.length === 0) return;
  throw missingData(`${formatList(ids)} ${ids.length === 1 ? 'needs' : 'need'} data`, remedy);
}

function missingData(why: string, remedy: string): ParetoError {
  return new ParetoError('data/missing', `${why}, and there is none. ${remedy}`);
}
