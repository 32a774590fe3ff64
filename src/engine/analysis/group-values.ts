/** Groups values for comparison. Each group is one run, so that the memory of its values stays bounded. */
import type { Model } from '../onnx/graph';
import type { ComparableValue } from './comparable-values';
import { fedToParts } from './local-part';

export interface ValueGroup {
  readonly values: readonly ComparableValue[];
  /** The values that are also computed from the original's values alone. */
  readonly alone: readonly ComparableValue[];
}

/**
 * Divides the values into groups in order. A group holds at most `mostBytes`: its values, and the feeds of the parts
 * that compute them alone. A value that exceeds this with the feeds of its part makes a group by itself. A value is not
 * computed alone if the feeds exceed it already.
 *
 * @param all as `comparableValues` gives them for an original and this variant.
 */
export function groupValues(variant: Model, all: readonly ComparableValue[], mostBytes: number): readonly ValueGroup[] {
  const groups: { values: ComparableValue[]; alone: ComparableValue[] }[] = [];
  const fedTo = fedToParts(variant, all);
  let held = new Set<ComparableValue>();
  let heldBytes = 0;
  for (const value of all) {
    const fed = fedTo(value);
    const isAlone = bytesOf(fed) <= mostBytes;
    const needed = isAlone ? [value, ...fed] : [value];
    const more = needed.filter((each) => !held.has(each));
    if (groups.length > 0 && heldBytes + bytesOf(more) <= mostBytes) {
      for (const each of more) held.add(each);
      heldBytes += bytesOf(more);
    } else {
      groups.push({ values: [], alone: [] });
      held = new Set(needed);
      heldBytes = bytesOf(needed);
    }
    groups.at(-1)!.values.push(value);
    if (isAlone) groups.at(-1)!.alone.push(value);
  }
  return groups;
}

function bytesOf(values: readonly ComparableValue[]): number {
  return values.reduce((sum, { estimatedBytes }) => sum + estimatedBytes, 0);
}
