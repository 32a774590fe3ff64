import type { NodeMetric } from './node-metric';

/**
 * Sums a number over some nodes, by their paths. `null` if one of them is not known, or if a sum means nothing. Only
 * the larger branch of an If counts, as in the model's own number, because a run takes one branch.
 */
export function sumNumbers(
  paths: readonly string[],
  metric: NodeMetric,
  byPath: ReadonlyMap<string, number | null>,
): number | null {
  if (metric.sum === null) return null;
  const counted = new Set(paths);
  const all = newBranch();
  for (const path of paths) {
    if (metric.sum === 'outermost' && (path.startsWith('function:') || isInside(path, counted))) continue;
    const value = byPath.get(path);
    if (value === null) return null;
    const branch = metric.sum === 'outermost' ? branchOf(path, all) : all;
    branch.sum += value ?? 0;
  }
  return sumOf(all);
}

/** Nodes of one graph, those of loops inside among them, and of both branches of each If in it. */
interface Branch {
  sum: number;
  /** Branches by the path of the If, then by the name of the branch. */
  readonly choices: Map<string, Map<string, Branch>>;
}

const newBranch = (): Branch => ({ sum: 0, choices: new Map() });

/** The innermost branch that a node stands in. */
function branchOf(path: string, all: Branch): Branch {
  let inner = all;
  for (const { index, 1: name } of path.matchAll(/\.(then|else)_branch\//g)) {
    const choice = path.slice(0, index);
    const branches = inner.choices.get(choice) ?? new Map<string, Branch>();
    inner.choices.set(choice, branches);
    const branch = branches.get(name!) ?? newBranch();
    branches.set(name!, branch);
    inner = branch;
  }
  return inner;
}

function sumOf({ sum, choices }: Branch): number {
  const larger = Array.from(choices.values(), (branches) => Math.max(...Array.from(branches.values(), sumOf)));
  return larger.reduce((total, cost) => total + cost, sum);
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
