import type { NodeClass } from './node-classification';

export interface ClassCount {
  readonly class: NodeClass;
  /** At least one. */
  readonly count: number;
}

/**
 * Counts the given nodes of each class, in the order of `classes`. Classes without a node and nodes without a class are
 * left out.
 */
export function countClasses(
  paths: readonly string[],
  classes: readonly NodeClass[],
  byPath: ReadonlyMap<string, NodeClass>,
): readonly ClassCount[] {
  const counts = new Map<NodeClass, number>();
  for (const path of paths) {
    const found = byPath.get(path);
    if (found !== undefined) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return classes.flatMap((one) => (counts.has(one) ? [{ class: one, count: counts.get(one)! }] : []));
}
