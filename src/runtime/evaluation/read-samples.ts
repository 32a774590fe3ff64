/** From a data set to groups of samples that are run together, read one group ahead of the runs. */
import type { Dataset, FieldValue, ReadContext } from '../../engine/data/dataset';
import type { FedSample, SampleFeeder } from '../../engine/data/mapping/fed-sample';
import { recordedFields } from '../../engine/data/mapping/recorded-outputs';
import { canStack } from '../../engine/data/mapping/stack-feeds';
import { isParetoError } from '../../engine/errors';
import type { SkippedSample } from '../../engine/metrics/evaluation';

/** A sample as each feeder makes it: models whose inputs differ are fed differently. */
export interface ReadSample {
  /** In the order of the feeders. */
  readonly fed: readonly FedSample[];
  readonly label: Float64Array | null;
  /** The fields with what the data records of its outputs. */
  readonly recorded: Readonly<Record<string, FieldValue>>;
  /** For people: where the sample is, when something about it is wrong. */
  readonly place: string;
}

/** Samples that are run together, and those that were found unreadable before them. */
export interface SampleGroup {
  readonly samples: readonly ReadSample[];
  readonly skipped: readonly SkippedSample[];
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
    const place = `sample ${read.index} of ${dataset.description.name}`;
    try {
      const fed = feeders.map((feeder) => feeder.feed(read));
      const ofOutputs = Object.fromEntries(recorded.map((name) => [name, read.values[name]!]));
      yield { fed, label: fed[0]!.label, recorded: ofOutputs, place };
    } catch (error) {
      if (!isParetoError(error)) throw error;
      yield { place, reason: error.message };
    }
  }
}

/** Groups of at most `size` samples that can be fed together. The last one may hold none, only what was skipped. */
export async function* groupSamples(
  samples: AsyncIterable<ReadSample | SkippedSample>,
  size: number,
): AsyncGenerator<SampleGroup, void> {
  let group: ReadSample[] = [];
  let skipped: SkippedSample[] = [];
  for await (const sample of samples) {
    if (!('fed' in sample)) {
      skipped.push(sample);
      continue;
    }
    if (group.length > 0 && (group.length === size || !canJoin(group[0]!, sample))) {
      yield { samples: group, skipped };
      group = [];
      skipped = [];
    }
    group.push(sample);
  }
  if (group.length > 0 || skipped.length > 0) yield { samples: group, skipped };
}

function canJoin(first: ReadSample, next: ReadSample): boolean {
  const isSingleStep = ({ fed }: ReadSample) => fed.every(({ steps }) => steps.length === 1);
  if (!isSingleStep(first) || !isSingleStep(next)) return false;
  return first.fed.every(({ steps }, feeder) => canStack(steps[0]!, next.fed[feeder]!.steps[0]!));
}

/**
 * Gives the same values, and fetches the next one while the caller works on the last. So two are in memory, never more.
 * Ends the source when the caller stops early.
 */
export async function* readAhead<Value>(source: AsyncGenerator<Value, void>): AsyncGenerator<Value, void> {
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = source.next();
      // Awaited in the next round; until then a failure is nobody's, and would end the process.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    next.catch(() => undefined);
    await source.return();
  }
}
