/** The number of channels that each group loses so that the model costs at most a target. */
import type { UnitScores } from './channel-importance';
import type { CostMeasure, RemovalCost } from './removal-cost';

/** The limits for a group. */
export interface WidthLimits {
  readonly units: number;
  /** The largest number of units that may be removed, which is never all. */
  readonly most: number;
  /** Set by hand: exactly so many go. */
  readonly fixed?: number;
}

export interface WidthProblem {
  readonly cost: RemovalCost;
  readonly measure: CostMeasure;
  /** The largest remaining cost. */
  readonly target: number;
  readonly groups: readonly WidthLimits[];
}

/** The number of removed units of each group. */
export type Widths = readonly number[];

const bisections = 40;

/**
 * Returns the widths that meet the target as closely as whole channels can. Group g loses the share `level ·
 * weights[g]`. Bisection finds the level, and the rest of the budget restores channels, the most expensive first. If
 * the target cannot be met, the widths are the smallest that the limits allow.
 */
export function widthsAlong(weights: readonly number[], problem: WidthProblem): Widths {
  const at = (level: number): Widths =>
    problem.groups.map((group, index) => removedUnits(group, level * weights[index]! * group.units));
  const most = 1 / Math.max(1e-6, Math.min(...weights.filter((weight) => weight > 0)));
  return giveBack(at(leastLevel(at, problem, most)), problem);
}

/** The lowest level whose widths meet the target; `most` if none does. */
function leastLevel(at: (level: number) => Widths, { cost, measure, target }: WidthProblem, most: number): number {
  let [low, high] = [0, most];
  for (let step = 0; step < bisections; step += 1) {
    const middle = (low + high) / 2;
    if (cost.of(measure, at(middle)) <= target) high = middle;
    else low = middle;
  }
  return high;
}

/** The most that the limits allow. The remainder is the least that can be reached. */
export function mostWidths(groups: readonly WidthLimits[]): Widths {
  return groups.map((group) => removedUnits(group, group.units));
}

/** The widths that remain when units go in the order of their scores over all groups. */
export function widthsByRank(scores: UnitScores, problem: WidthProblem): Widths {
  const ranked = scores
    .flatMap((units, group) => Array.from(units, (score) => ({ group, score })))
    .toSorted((a, b) => a.score - b.score || a.group - b.group);
  const at = (count: number): Widths => {
    const wanted = problem.groups.map(() => 0);
    for (let rank = 0; rank < count; rank += 1) wanted[ranked[rank]!.group]! += 1;
    return problem.groups.map((group, index) => removedUnits(group, wanted[index]!));
  };
  let [low, high] = [0, ranked.length];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (problem.cost.of(problem.measure, at(middle)) <= problem.target) high = middle;
    else low = middle;
  }
  return giveBack(at(high), problem);
}

/**
 * Other widths of the same cost: the logarithm of each group's share changes by this amount before all are scaled to
 * the target.
 */
export function widthsBeside(widths: Widths, changes: readonly number[], problem: WidthProblem): Widths {
  const weights = problem.groups.map(({ units }, group) => {
    const share = Math.max(widths[group]! / units, 0.5 / units);
    return share * Math.exp(changes[group]!);
  });
  return widthsAlong(weights, problem);
}

function removedUnits({ most, fixed }: WidthLimits, wanted: number): number {
  return fixed ?? Math.max(0, Math.min(most, Math.floor(wanted + 0.5)));
}

function giveBack(widths: Widths, problem: WidthProblem): Widths {
  const { cost, measure, target, groups } = problem;
  const result = [...widths];
  const costOf = (): number => cost.of(measure, result);
  if (costOf() > target) return result;
  const whole = cost.whole(measure);
  const gains = groups.map((_, group) => {
    const one = groups.map((__, other) => (other === group ? 1 : 0));
    return whole - cost.of(measure, one);
  });
  const order = [...groups.keys()].toSorted((a, b) => gains[b]! - gains[a]! || a - b);
  for (const group of order) {
    if (groups[group]!.fixed !== undefined) continue;
    while (result[group]! >= 1) {
      result[group]! -= 1;
      if (costOf() <= target) continue;
      result[group]! += 1;
      break;
    }
  }
  return result;
}
