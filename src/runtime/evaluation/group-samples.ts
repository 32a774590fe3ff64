import { canStack } from '../../engine/data/mapping/stack-feeds';
import type { SkippedSample } from '../../engine/metrics/evaluation';
import { stepsSizeBytes } from './choose-batch';
import type { ReadSample } from './read-samples';

/** Samples that are run together, and those that were found unreadable before them. */
export interface SampleGroup {
  readonly samples: readonly ReadSample[];
  readonly skipped: readonly SkippedSample[];
}

/** The most that a group may hold; of bytes only where several samples do. */
export interface GroupLimit {
  readonly samples: number;
  readonly bytes: number;
}

/** Groups of samples that can be fed together. The last one may hold no samples, only skipped ones. */
export async function* groupSamples(
  samples: AsyncIterable<ReadSample | SkippedSample>,
  most: GroupLimit,
): AsyncGenerator<SampleGroup, void> {
  let group: ReadSample[] = [];
  let bytes = 0;
  let skipped: SkippedSample[] = [];
  for await (const sample of samples) {
    if (!('fed' in sample)) {
      skipped.push(sample);
      continue;
    }
    const ownBytes = stepsSizeBytes(sample.fed[0]!.steps);
    const isFull = group.length === most.samples || bytes + ownBytes > most.bytes;
    if (group.length > 0 && (isFull || !canJoin(group[0]!, sample))) {
      yield { samples: group, skipped };
      group = [];
      skipped = [];
      bytes = 0;
    }
    bytes += ownBytes;
    group.push(sample);
  }
  if (group.length > 0 || skipped.length > 0) yield { samples: group, skipped };
}

/** True if both have equally many steps, with equal sizes at each step. */
function canJoin(first: ReadSample, next: ReadSample): boolean {
  return first.fed.every(({ steps }, feeder) => {
    const others = next.fed[feeder]!.steps;
    return steps.length === others.length && steps.every((feeds, step) => canStack(feeds, others[step]!));
  });
}
