import type { CalibrationData } from '../passes/pass';
import { isParetoError } from '../errors';
import type { Dataset, ReadContext } from './dataset';
import type { Feeds, FreeDimensions, InputDescription } from './feeds';
import type { DataMapping } from './mapping/mapping';
import { createSampleFeeder } from './mapping/sample-feeds';
import { splitSamples, type DataSplit } from './split';

export interface CalibrationRequest {
  readonly dataset: Dataset;
  /** As `hashDataset` gives it. */
  readonly fingerprint: string;
  readonly mapping: DataMapping;
  readonly split: DataSplit;
  /** Of the original model. */
  readonly inputs: readonly InputDescription[];
  readonly freeDimensions: FreeDimensions;
}

/**
 * The calibration part of a data set for passes. Labels are not read: samples without one calibrate as well. Throws a
 * ParetoError when the mapping does not fit the data or the inputs.
 */
export function createCalibrationData(request: CalibrationRequest, context: ReadContext): CalibrationData {
  const { dataset, fingerprint, split, inputs, freeDimensions } = request;
  const mapping = { ...request.mapping, labels: null, task: undefined };
  const feeder = createSampleFeeder({ mapping, description: dataset.description, inputs, freeDimensions });
  const { calibration } = splitSamples(dataset.description.samples, split);
  const states = Object.fromEntries(feeder.states.map(({ input, zeros }) => [input, zeros]));
  return {
    fingerprint: JSON.stringify([fingerprint, mapping.inputs, split.seed, split.calibration, freeDimensions]),
    samples: calibration.length,
    async *feeds(): AsyncGenerator<Feeds, void> {
      for await (const sample of dataset.read(calibration, feeder.fields, context)) {
        await context.checkpoint();
        if (!('values' in sample)) continue;
        for (const step of stepsOf(() => feeder.feed(sample).steps)) yield { ...step, ...states };
      }
    },
  };
}

/** None of a sample that does not fit the model. */
function stepsOf(feed: () => readonly Feeds[]): readonly Feeds[] {
  try {
    return feed();
  } catch (error) {
    if (isParetoError(error)) return [];
    throw error;
  }
}
