import type { NodeMetric } from './node-metric';

/**
 * A number added up over some nodes, by their paths; `null` where one of them is not known, or the sum would say nothing.
 */
export function sumNumbers(
  paths: readonly string[],
  metric: NodeMetric,
  byPath: ReadonlyMap<string, number | null>,
): number | null {
  if (metric.sum === null) return null;
  const counted = new Set(paths);
  let sum = 0;
  for (const path of paths) {
    if (metric.sum === 'outermost' && (path.startsWith('function:') || isInside(path, counted))) continue;
    const value = byPath.get(path);
    if (value === null) return null;
    sum += value ?? 0;
  }
  return sum;
}

/** `graph/If_0.then_branch/Conv_3` is inside `graph/If_0`. */
function isInside(path: string, paths: ReadonlySet<string>): boolean {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const holder = path.slice(0, at);
    const dot = holder.lastIndexOf('.');
    if (dot > 0 && paths.has(holder.slice(0, dot))) return true;
  }
  return false;
}
