import type { MeasuringBudget } from '../../engine/metrics/cell';

/** How long the steady state of a cell is measured. See docs/benchmark-method.md. */
export interface Budget {
  readonly fewestPairs: number;
  /** Time of the runs of both sides together. */
  readonly shortestMs: number;
  /** A slow model ends here, also with fewer pairs. */
  readonly longestMs: number;
}

export const budgets: Readonly<Record<MeasuringBudget, Budget>> = {
  quick: { fewestPairs: 12, shortestMs: 1_000, longestMs: 10_000 },
  standard: { fewestPairs: 30, shortestMs: 3_000, longestMs: 30_000 },
  careful: { fewestPairs: 30, shortestMs: 10_000, longestMs: 90_000 },
};
