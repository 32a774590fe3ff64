/** Scores a model's outputs sample by sample: the part that all kinds of tasks share. */
import type { Feeds } from '../data/feeds';
import type { Accuracy } from './evaluation';

/** The numbers of a label, or `null` for a sample that is passed over. */
export type Label = Float64Array | null;

export interface Scorer {
  /** Samples scored so far. */
  readonly samples: number;
  /**
   * Scores the outputs of one batch: the task's output holds one row per label, in order.
   * Throws `evaluate/…` naming the output when it is missing or does not have so many rows.
   */
  add(outputs: Feeds, labels: readonly Label[]): void;
  accuracy(): Accuracy;
}
