/** Reads samples of a data set as the inputs of each model. */
import type { Dataset, FieldValue, ReadContext } from '../../engine/data/dataset';
import type { FedSample, SampleFeeder } from '../../engine/data/mapping/fed-sample';
import { recordedFields } from '../../engine/data/mapping/recorded-outputs';
import { isParetoError } from '../../engine/errors';
import type { SkippedSample } from '../../engine/metrics/evaluation';
import { ownValue } from '../../engine/own-value';

/** A sample as each feeder makes it: models whose inputs differ are fed differently. */
export interface ReadSample {
  /** Fed samples in the order of the feeders. */
  readonly fed: readonly FedSample[];
  readonly label: Float64Array | null;
  /** The fields with what the data records of its outputs. */
  readonly recorded: Readonly<Record<string, FieldValue>>;
  /** The place of the sample, for messages about problems with it. */
  readonly place: string;
}

/** Reads samples one after the other. A sample that does not fit a model is skipped like one that cannot be read. */
export async function* readSamples(
  context: ReadContext,
  dataset: Dataset,
  indices: readonly number[],
  feeders: readonly SampleFeeder[],
): AsyncGenerator<ReadSample | SkippedSample, void> {
  const recorded = recordedFields(dataset.description).map(({ name }) => name);
  const fields = [...new Set([...feeders[0]!.fields, ...recorded])];
  for await (const read of dataset.read(indices, fields, context)) {
    await context.checkpoint();
    if (!('values' in read)) {
      yield { place: read.place, reason: read.reason };
      continue;
    }
    const place = read.place ?? `sample ${read.index} of ${dataset.description.name}`;
    try {
      const fed = feeders.map((feeder) => feeder.feed(read));
      const ofOutputs = Object.fromEntries(recorded.map((name) => [name, ownValue(read.values, name)!]));
      yield { fed, label: fed[0]!.label, recorded: ofOutputs, place };
    } catch (error) {
      if (!isParetoError(error)) throw error;
      yield { place, reason: error.message };
    }
  }
}
