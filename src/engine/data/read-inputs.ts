import { isParetoError } from '../errors';
import type { Dataset, ReadContext } from './dataset';
import type { Feeds, FreeDimensions, InputDescription } from './feeds';
import { withListedColumns } from './mapping/column-list';
import type { DataMapping } from './mapping/mapping';
import { createSampleFeeder } from './mapping/sample-feeds';

export interface InputsRequest {
  readonly dataset: Dataset;
  readonly mapping: DataMapping;
  /** Of the model. */
  readonly inputs: readonly InputDescription[];
  readonly freeDimensions: FreeDimensions;
}

/**
 * Reads what a model is fed of samples, one after the other, batch 1; of a recurrent model each step, with zeros for its
 * states. Labels are not read: samples without one do as well. Samples that cannot be read or do not fit are left out. Throws
 * a ParetoError when the mapping does not fit the data or the inputs.
 */
export function createInputsReader({
  dataset,
  inputs,
  freeDimensions,
  ...request
}: InputsRequest): (indices: readonly number[], context: ReadContext) => AsyncGenerator<Feeds, void> {
  // Which columns are listed depends on the label, which is not read.
  const { inputs: mapped } = withListedColumns(request.mapping, dataset.description);
  const mapping = { inputs: mapped, labels: null };
  const feeder = createSampleFeeder({ mapping, description: dataset.description, inputs, freeDimensions });
  const states = Object.fromEntries(feeder.states.map(({ input, zeros }) => [input, zeros]));
  return async function* (indices, context) {
    for await (const sample of dataset.read(indices, feeder.fields, context)) {
      await context.checkpoint();
      if (!('values' in sample)) continue;
      for (const step of stepsOf(() => feeder.feed(sample).steps)) yield { ...step, ...states };
    }
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

/** The first `count` inputs; fewer when there are no more. Ends the reading then. */
export async function firstInputs(feeds: AsyncIterable<Feeds>, count: number): Promise<readonly Feeds[]> {
  const found: Feeds[] = [];
  for await (const each of feeds) {
    found.push(each);
    if (found.length >= count) break;
  }
  return found;
}
