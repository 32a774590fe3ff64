/** The data of a search: which samples evaluate and which calibrate. */
import { createCalibrationSource } from '../../engine/data/calibration';
import type { Dataset } from '../../engine/data/dataset';
import type { InputDescription } from '../../engine/data/feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { hashDataset } from '../../engine/data/open-dataset';
import { calibrationSplit, splitSamples, usualCalibrationSamples, usuallySetAside } from '../../engine/data/split';
import { ParetoError } from '../../engine/errors';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import type { SearchData } from './search-request';

/** The identity of data, without its paths: the same samples in the same roles. */
export interface DataIdentity {
  readonly data: string | null;
  readonly mapping: DataMapping | null;
  readonly calibration: { readonly data: string; readonly samples: number } | null;
}

export interface DataToSearchOn {
  readonly dataset: Dataset;
  /** Calibrates in place of a part of the data. */
  readonly calibrating?: Dataset;
  readonly mapping: DataMapping;
  /** Inputs of the original model. */
  readonly inputs: readonly InputDescription[];
  readonly seed: number;
  /** The number of calibration samples of data with this many samples. The default number if absent. */
  countOf?(samples: number): number;
}

/**
 * Chooses samples as `optimize --data` and `evaluate --leave-out` do: no calibration sample evaluates. Throws `search/no-samples`
 * if all samples calibrate.
 */
export async function divideSearchData(
  { dataset, calibrating, mapping, inputs, seed, countOf }: DataToSearchOn,
  host: RecipeHost,
): Promise<{ readonly data: SearchData; readonly identity: DataIdentity }> {
  const calibrated = calibrating ?? dataset;
  const usual = calibrating === undefined ? usuallySetAside(dataset.description.samples) : usualCalibrationSamples;
  const split = calibrationSplit({ seed, calibration: countOf?.(calibrated.description.samples) ?? usual });
  const fingerprint = await hashDataset(calibrated, host);
  const request = { dataset: calibrated, fingerprint, mapping, split, inputs, freeDimensions: {} };
  const calibration = createCalibrationSource(request, host);
  const evaluating = calibrating === undefined ? split : { ...split, calibration: 0 };
  const indices = splitSamples(dataset.description.samples, evaluating).evaluation;
  if (indices.length === 0) {
    throw new ParetoError(
      'search/no-samples',
      `All samples of ${dataset.description.name} are used to calibrate, so none is left to evaluate. Calibrate with fewer.`,
    );
  }
  const identity = {
    data: calibrating === undefined ? fingerprint : await hashDataset(dataset, host),
    mapping,
    calibration: { data: fingerprint, samples: split.calibration },
  };
  return { data: { dataset, mapping, indices, calibration }, identity };
}
