import { canStack } from '../../engine/data/mapping/stack-feeds';
import type { SkippedSample } from '../../engine/metrics/evaluation';
import type { ReadSample } from './read-samples';

/** Samples that are run together, and those that were found unreadable before them. */
export interface SampleGroup {
  readonly samples: readonly ReadSample[];
  readonly skipped: readonly SkippedSample[];
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
