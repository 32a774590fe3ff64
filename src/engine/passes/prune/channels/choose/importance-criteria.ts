/** Criteria of importance, one record each: adding one = one entry here and a choice in `prune-channels.ts`. */
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import { axisSums, filterDistances, type AxisOfWeight } from './axis-sums';

/** An axis of a layer's weight on which channels lie, and what the layer reads on it where that was observed. */
export interface ScoredAxis extends AxisOfWeight {
  /** What the axis does for the layer; absent: neither. */
  readonly role?: 'consumes' | 'produces';
  readonly seen?: NormalSums;
}

interface Criterion {
  /** Whether it looks at what layers are given. */
  readonly needsData: boolean;
  /** A number for each position of an axis; `undefined` where it has nothing to say. Absent: it looks at no axis by itself. */
  onAxis?(axis: ScoredAxis): Float64Array | undefined;
  /** What else a criterion scores by, see `channelImportance`. */
  readonly by?: 'normalization scales' | 'surgery' | 'chance';
}

const square = (value: number): number => value * value;

export type ImportanceMeasure = 'l2' | 'l1' | 'bn-scale' | 'fpgm' | 'wanda' | 'flap' | 'obs' | 'random';

export const criteria: Readonly<Record<ImportanceMeasure, Criterion>> = {
  /** Squares of all weights that a channel is part of (DepGraph, Fang et al. 2023). */
  l2: { needsData: false, onAxis: (axis) => axisSums(axis, square) },
  /** Magnitudes (Li et al. 2017). */
  l1: { needsData: false, onAxis: (axis) => axisSums(axis, Math.abs) },
  /** |γ| of BatchNormalization (Liu et al. 2017). */
  'bn-scale': { needsData: false, by: 'normalization scales' },
  /** Σ_j ‖w_u − w_j‖ over the filters of a layer: those near to all others go first (He et al. 2019). */
  fpgm: { needsData: false, onAxis: (axis) => (axis.role === 'produces' ? filterDistances(axis) : undefined) },
  /** ‖W[:, u]‖² · E[x_u²]: what layers make of a channel (Sun et al. 2023, for channels). */
  wanda: { needsData: true, onAxis: (axis) => timesSeen(axis, meanSquare) },
  /** ‖W[:, u]‖² · Var(x_u): a bias makes up for the mean (An et al. 2024). */
  flap: { needsData: true, onAxis: (axis) => timesSeen(axis, variance) },
  /** See `surgeonScores`. */
  obs: { needsData: true, by: 'surgery' },
  /** What others must be better than. */
  random: { needsData: false, by: 'chance' },
};

function timesSeen(axis: ScoredAxis, of: (seen: NormalSums, at: number) => number): Float64Array | undefined {
  const { role, seen } = axis;
  if (role !== 'consumes' || seen === undefined) return undefined;
  const sums = axisSums(axis, square);
  return seen.inputs === sums.length ? sums.map((sum, at) => sum * of(seen, at)) : undefined;
}

function meanSquare({ gram, inputs, samples }: NormalSums, at: number): number {
  return gram[at * inputs + at]! / samples;
}

function variance(seen: NormalSums, at: number): number {
  return Math.max(0, meanSquare(seen, at) - (seen.inputSums[at]! / seen.samples) ** 2);
}
