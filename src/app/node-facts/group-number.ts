import type { NodeMetric } from './node-metric';
import { sumNumbers } from './sum-numbers';

/**
 * What stands for some nodes together: their sum, or, of numbers that do not add up, the one with the strongest colour.
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

/** What `groupNumber` gives, in a word that follows the title of the metric; `null` for a sum. */
export function groupWord(metric: NodeMetric): 'lowest' | 'highest' | null {
  if (metric.sum !== null) return null;
  return strongest(metric) === 'least' ? 'lowest' : 'highest';
}

function strongest({ scale }: NodeMetric): 'least' | 'most' {
  return scale.kind === 'even' ? scale.strongest : 'most';
}
