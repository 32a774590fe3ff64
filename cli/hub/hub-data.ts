/** The data of a repository's models: some samples calibrate, others measure the loss of each file. */
import { createCalibrationData } from '../../src/engine/data/calibration';
import type { CalibrationData } from '../../src/engine/data/calibration-data';
import type { Dataset } from '../../src/engine/data/dataset';
import type { Feeds } from '../../src/engine/data/feeds';
import type { DataMapping } from '../../src/engine/data/mapping/mapping';
import { hashDataset } from '../../src/engine/data/open-dataset';
import { createInputsReader, firstInputs } from '../../src/engine/data/read-inputs';
import { splitSamples, usuallySetAside } from '../../src/engine/data/split';
import { mostComparedInputs } from '../../src/engine/metrics/cell';
import type { RecipeHost } from '../../src/engine/recipe/recipe-host';
import { listOption, type Invocation } from '../command';
import { chooseMapping, refuseIdleDataOptions } from '../options/data-options';
import { openGivenData } from '../open-data';
import type { OpenedFile } from '../open-input';
import { readCalibrationCount } from '../options/sample-choice';

/** Enough to tell a file that fails from one that works; an accuracy has its interval beside it. */
const mostEvaluated = 64;

export interface HubData {
  readonly dataset: Dataset;
  readonly mapping: DataMapping;
  readonly calibration: CalibrationData;
  /** Indices of the samples to evaluate, ascending. None of them calibrates. Empty if all samples calibrate. */
  readonly evaluated: readonly number[];
  /** Inputs of the first of them, to time models on and to compare their outputs. */
  readonly feeds: readonly Feeds[];
}

/** `undefined` without `--data`. Throws UsageError for other options of data then, and as opening and mapping data does. */
export async function openHubData(
  invocation: Invocation,
  { inspection: { inputs, outputs } }: OpenedFile,
  givenMapping: DataMapping | undefined,
  host: RecipeHost,
): Promise<HubData | undefined> {
  const paths = listOption(invocation, 'data');
  const countOf = readCalibrationCount(invocation);
  if (paths.length === 0) {
    refuseIdleDataOptions(invocation, ['samples']);
    return undefined;
  }
  const { dataset } = await openGivenData(invocation, paths, host);
  const { mapping } = await chooseMapping(invocation, givenMapping, { dataset, context: host }, { inputs, outputs });
  const { samples } = dataset.description;
  const count = countOf?.(samples) ?? usuallySetAside(samples);
  const split = { seed: 0, calibration: count, evaluation: mostEvaluated };
  const fingerprint = await hashDataset(dataset, host);
  const request = { dataset, fingerprint, mapping, split, inputs, freeDimensions: {} };
  const { evaluation } = splitSamples(samples, split);
  const feeds = await firstInputs(createInputsReader(request)(evaluation, host), mostComparedInputs);
  return { dataset, mapping, calibration: createCalibrationData(request, host), evaluated: evaluation, feeds };
}
