import type { CalibrationData, CalibrationSource } from './calibration-data';
import type { Dataset, ReadContext } from './dataset';
import type { FreeDimensions, InputDescription } from './feeds';
import { withListedColumns } from './mapping/column-list';
import type { DataMapping } from './mapping/mapping';
import { createInputsReader, createLabeledReader } from './read-inputs';
import { splitSamples, type DataSplit } from './split';

export interface CalibrationRequest {
  readonly dataset: Dataset;
  /** The fingerprint that `hashDataset` computes. */
  readonly fingerprint: string;
  readonly mapping: DataMapping;
  readonly split: DataSplit;
  /** The inputs of the original model. */
  readonly inputs: readonly InputDescription[];
  readonly freeDimensions: FreeDimensions;
}

/**
 * The calibration part of a data set for passes. Labels are read only if a pass needs them, because samples without
 * labels calibrate as well. Throws a ParetoError when the mapping does not fit the data or the inputs.
 */
export function createCalibrationData(request: CalibrationRequest, context: ReadContext): CalibrationData {
  const { dataset, fingerprint, split, freeDimensions } = request;
  const read = createInputsReader(request);
  const { inputs, labels, task, outputs } = withListedColumns(request.mapping, dataset.description);
  const chosen = outputs === undefined ? [] : [outputs];
  const { calibration } = splitSamples(dataset.description.samples, split);
  return {
    // The labels are part of the fingerprint, because a pass may learn from them.
    fingerprint: JSON.stringify([
      fingerprint,
      inputs,
      labels,
      split.seed,
      split.calibration,
      freeDimensions,
      ...chosen,
    ]),
    samples: calibration.length,
    feeds: () => read(calibration, context),
    about: {
      mapping: { labels, ...(task && { task }), ...(outputs && { outputs }) },
      description: dataset.description,
    },
    ...(labels !== null && { labeled: () => createLabeledReader(request)(calibration, context) }),
  };
}

/**
 * The same, for a caller that may take fewer samples than the split sets aside. Throws as `createCalibrationData` does.
 */
export function createCalibrationSource(request: CalibrationRequest, context: ReadContext): CalibrationSource {
  const { split } = request;
  const take = (samples: number): CalibrationData => {
    const calibration = Math.min(samples, split.calibration);
    return createCalibrationData({ ...request, split: { ...split, calibration } }, context);
  };
  return { samples: take(split.calibration).samples, take };
}
