import { isParetoError } from '../errors';
import type { LabeledFeeds } from './calibration-data';
import type { Dataset, ReadContext } from './dataset';
import type { Feeds, FreeDimensions, InputDescription } from './feeds';
import { withListedColumns } from './mapping/column-list';
import type { DataMapping } from './mapping/mapping';
import type { FedSample, SampleFeeder } from './mapping/fed-sample';
import { createSampleFeeder } from './mapping/sample-feeds';
import { stackFeeds } from './mapping/stack-feeds';

export interface InputsRequest {
  readonly dataset: Dataset;
  readonly mapping: DataMapping;
  /** The inputs of the model. */
  readonly inputs: readonly InputDescription[];
  readonly freeDimensions: FreeDimensions;
}

/**
 * Reads the inputs of a model for samples, one after the other. Each has batch 1, or as many samples as a fixed batch
 * takes; the last batch is filled up with its last sample. A recurrent model gets each step, with zeros for its states.
 * Labels are not read, so samples need none. Samples that cannot be read or do not fit are left out. Throws a
 * ParetoError if the mapping does not fit the data or the inputs.
 */
export function createInputsReader(
  request: InputsRequest,
): (indices: readonly number[], context: ReadContext) => AsyncGenerator<Feeds, void> {
  // The listed columns depend on the label, which is not read.
  const { inputs } = withListedColumns(request.mapping, request.dataset.description);
  const { read, feeder } = createReader({ ...request, mapping: { inputs, labels: null } });
  return async function* (indices, context) {
    const atOnce = feeder.samplesPerRun ?? 1;
    let together: Feeds[] = [];
    for await (const { feeds } of read(indices, context)) {
      together.push(feeds);
      if (together.length < atOnce) continue;
      yield stackFeeds(together, feeder.batchAxes);
      together = [];
    }
    const last = together.at(-1);
    if (last === undefined) return;
    const filled = Array.from({ length: atOnce }, (_, at) => together[at] ?? last);
    yield stackFeeds(filled, feeder.batchAxes);
  };
}

/** Reads the label of each sample too, and leaves out samples without one. The mapping must have labels. */
export function createLabeledReader(request: InputsRequest): SampleReader {
  return createReader({ ...request, mapping: withListedColumns(request.mapping, request.dataset.description) }).read;
}

type SampleReader = (indices: readonly number[], context: ReadContext) => AsyncGenerator<LabeledFeeds, void>;

function createReader({ dataset, inputs, freeDimensions, mapping }: InputsRequest): {
  readonly read: SampleReader;
  readonly feeder: SampleFeeder;
} {
  const feeder = createSampleFeeder({ mapping, description: dataset.description, inputs, freeDimensions });
  const states = Object.fromEntries(feeder.states.map(({ input, zeros }) => [input, zeros]));
  const read: SampleReader = async function* (indices, context) {
    for await (const sample of dataset.read(indices, feeder.fields, context)) {
      await context.checkpoint();
      if (!('values' in sample)) continue;
      const fed = fedSample(() => feeder.feed(sample));
      for (const step of fed?.steps ?? []) yield { feeds: { ...step, ...states }, label: fed?.label ?? undefined };
    }
  };
  return { read, feeder };
}

/** Returns `undefined` for a sample that does not fit the model. */
function fedSample(feed: () => FedSample): FedSample | undefined {
  try {
    return feed();
  } catch (error) {
    if (isParetoError(error)) return undefined;
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
