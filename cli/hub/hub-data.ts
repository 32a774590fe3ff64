/** The data of a repository's models: part of its samples calibrates, others show what each file loses. */
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
import { chooseMapping } from '../data-options';
import { openGivenData } from '../open-data';
import type { OpenedFile } from '../open-input';
import { readCalibrationCount } from '../sample-choice';

/** Enough to tell a file that fails from one that works; an accuracy has its interval beside it. */
const mostEvaluated = 64;

export interface HubData {
  readonly dataset: Dataset;
  readonly mapping: DataMapping;
  readonly calibration: CalibrationData;
  /** Of samples that calibrate nothing, ascending. Empty where calibration takes them all. */
  readonly evaluated: readonly number[];
  /** The first of those, to be timed on. */
  readonly feeds: readonly Feeds[];
}

/** `undefined` without `--data`. Throws as opening and mapping data does. */
export async function openHubData(
  invocation: Invocation,
  { inspection: { inputs, outputs } }: OpenedFile,
  givenMapping: DataMapping | undefined,
  host: RecipeHost,
): Promise<HubData | undefined> {
  const paths = listOption(invocation, 'data');
  if (paths.length === 0) return undefined;
  const { dataset } = await openGivenData(invocation, paths, host);
  const { mapping } = await chooseMapping(invocation, givenMapping, { dataset, context: host }, { inputs, outputs });
  const { samples } = dataset.description;
  const count = readCalibrationCount(invocation)?.(samples) ?? usuallySetAside(samples);
  const split = { seed: 0, calibration: count, evaluation: mostEvaluated };
  const fingerprint = await hashDataset(dataset, host);
  const request = { dataset, fingerprint, mapping, split, inputs, freeDimensions: {} };
  const { evaluation } = splitSamples(samples, split);
  const feeds = await firstInputs(createInputsReader(request)(evaluation, host), mostComparedInputs);
  return { dataset, mapping, calibration: createCalibrationData(request, host), evaluated: evaluation, feeds };
}
