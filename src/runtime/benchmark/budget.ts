import type { MeasuringBudget } from '../../engine/metrics/cell';

/** The time limit of a cell, and the amount of its measurements. See docs/design/measuring.md. */
export interface Budget {
  readonly fewestPairs: number;
  /** Time of the paired runs of both sides together, with the untimed runs before them. */
  readonly shortestMs: number;
  /** Wall-clock time for the whole cell: sessions, outputs and warm-up too. */
  readonly cellMs: number;
}

export const budgets: Readonly<Record<MeasuringBudget, Budget>> = {
  quick: { fewestPairs: 12, shortestMs: 1_000, cellMs: 10_000 },
  standard: { fewestPairs: 30, shortestMs: 3_000, cellMs: 45_000 },
  careful: { fewestPairs: 30, shortestMs: 10_000, cellMs: 120_000 },
};

/** The most of a cell's time that its outputs take, and that the warm-up of each side takes. */
export const shareOfStage = 1 / 8;

/** The most of a cell's time that its first session may take to open, so that the original is opened once more. */
export const shareOfOpening = 1 / 4;

/** True when a run like those so far would most likely end after `longestMs`. */
export function isLastRun(takenMs: number, runs: number, longestMs: number): boolean {
  return takenMs + takenMs / runs > longestMs;
}

/** Measures wall-clock time, so that work which waits for a busy machine counts too. */
export type Clock = () => number;

export const wallClock: Clock = () => performance.now();
