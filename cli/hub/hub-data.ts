/** The data of a repository's models: some samples calibrate, others measure the loss of each file. */
import { createCalibrationData } from '../../src/engine/data/calibration';
import type { CalibrationData } from '../../src/engine/data/calibration-data';
import type { Dataset } from '../../src/engine/data/dataset';
import type { Feeds } from '../../src/engine/data/feeds';
import type { DataMapping } from '../../src/engine/data/mapping/mapping';
import { withoutPadding } from '../../src/engine/data/mapping/unpadded-texts';
import { createInputsReader, firstInputs } from '../../src/engine/data/read-inputs';
import { splitSamples, usuallySetAside } from '../../src/engine/data/split';
import { mostComparedInputs } from '../../src/engine/metrics/cell';
import { openMappedData } from '../../src/work/data';
import type { OptimizeRequest } from '../../src/work/optimize';
import type { OpenedFile } from '../../src/runtime/node/disk/model-from-disk';
import type { ShellHost } from '../shell-host';

/** Enough to tell a file that fails from one that works; an accuracy has its interval beside it. */
const mostEvaluated = 64;

export interface HubData {
  readonly dataset: Dataset;
  /** That of the evaluation, without padding that the model ignores. */
  readonly mapping: DataMapping;
  readonly calibration: CalibrationData;
  /** Indices of the samples to evaluate, ascending. None of them calibrates. Empty if all samples calibrate. */
  readonly evaluated: readonly number[];
  /** Inputs of the first of them, to time models on and to compare their outputs. */
  readonly feeds: readonly Feeds[];
}

/** `undefined` without data. Rejects as opening and mapping data does. */
export async function openHubData(
  { data, samples: count }: Pick<OptimizeRequest, 'data' | 'samples'>,
  { inspection: { inputs, outputs } }: OpenedFile,
  host: ShellHost,
): Promise<HubData | undefined> {
  if (data === undefined) return undefined;
  const { dataset, chosen, fingerprint } = await openMappedData(data, { inputs, outputs }, host);
  const { samples } = dataset.description;
  const calibration = count === 'all' ? samples : (count ?? usuallySetAside(samples));
  const split = { seed: 0, calibration, evaluation: mostEvaluated };
  const fed = { mapping: chosen.mapping, freeDimensions: {} };
  const request = { dataset, fingerprint: await fingerprint(), split, inputs, ...fed };
  const { evaluation } = splitSamples(samples, split);
  const feeds = await firstInputs(createInputsReader(request)(evaluation, host), mostComparedInputs);
  const calibrating = createCalibrationData(request, host);
  const { mapping } = withoutPadding(fed, [inputs]);
  return { dataset, mapping, calibration: calibrating, evaluated: evaluation, feeds };
}
