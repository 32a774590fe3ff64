import type { NodeMetric } from './node-metric';
import { sumNumbers } from './sum-numbers';

/**
 * The number of several nodes together: their sum, or the one with the strongest color if numbers do not add up.
 * `undefined`: they have no such number. `null`: not known.
 */
export function groupNumber(
  paths: readonly string[],
  metric: NodeMetric,
  byPath: ReadonlyMap<string, number | null>,
): number | null | undefined {
  const values = paths.flatMap((path) => byPath.get(path) ?? (byPath.has(path) ? [null] : []));
  if (values.length === 0) return undefined;
  if (metric.sum !== null) return sumNumbers(paths, metric, byPath);
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return known.reduce((a, b) => (strongest(metric) === 'least' ? Math.min(a, b) : Math.max(a, b)));
}

/** The word for a result of `groupNumber` after the title of the metric; `null` for a sum. */
export function groupWord(metric: NodeMetric): 'lowest' | 'highest' | null {
  if (metric.sum !== null) return null;
  return strongest(metric) === 'least' ? 'lowest' : 'highest';
}

function strongest({ scale }: NodeMetric): 'least' | 'most' {
  return scale.kind === 'even' ? scale.strongest : 'most';
}
