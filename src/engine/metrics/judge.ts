/** How right a model's outputs are, sample by sample: what all kinds of tasks have in common. */
import type { EvaluationTask } from '../data/mapping/mapping';
import type { Feeds } from '../data/feeds';
import { BinaryJudge } from './binary';
import { ClassificationJudge } from './classification';
import type { DetectedTask } from './detect-task';
import type { Accuracy, PairedDifference } from './evaluation';
import { EvenOddsJudge } from './even-odds';
import { meanEstimate } from './mean-interval';
import { pairedProportionDifference } from './proportion-interval';
import { RegressionJudge } from './regression';
import { RightOrWrongJudge } from './right-or-wrong';

/** The numbers of a label, or `null` for a sample that is passed over. */
export type Label = Float64Array | null;

export interface Judge {
  /** Samples judged so far. */
  readonly samples: number;
  /**
   * Judges the outputs of one batch: the task's output holds one row per label, in order.
   * Throws `evaluate/…` naming the output when it is missing or does not have so many rows.
   */
  add(outputs: Feeds, labels: readonly Label[]): void;
  accuracy(): Accuracy;
}

/** A task that needs labels. */
export type JudgedTask = Exclude<EvaluationTask | DetectedTask, { readonly kind: 'match' }>;

/**
 * @param capacity at most so many samples will be judged; one outcome of a few bytes is kept of each.
 * @param classNames names of the classes in the order of their numbers, where the data has names.
 */
export function createJudge(task: JudgedTask, capacity: number, classNames?: readonly string[]): Judge {
  switch (task.kind) {
    case 'classification':
      return new ClassificationJudge(task, capacity, classNames);
    case 'binary':
      return 'threshold' in task
        ? new BinaryJudge(task, capacity, classNames)
        : new EvenOddsJudge(task.output, capacity, classNames);
    case 'regression':
      return new RegressionJudge(task, capacity);
  }
}

/**
 * The variant's leading metric minus the original's, with a 95 % interval that uses that both saw the same samples:
 * Tango's score interval for shares, Student's t of the differences of absolute errors for regression.
 * `undefined` when the two judges are of different kinds.
 */
export function pairedDifference(original: Judge, variant: Judge): PairedDifference | undefined {
  if (original instanceof RegressionJudge && variant instanceof RegressionJudge) {
    const before = original.absoluteErrors;
    return { metric: 'mae', ...meanEstimate(variant.absoluteErrors.map((error, index) => error - before[index]!)) };
  }
  if (!(original instanceof RightOrWrongJudge && variant instanceof RightOrWrongJudge)) return undefined;
  const metric = original.leadingMetric;
  return variant.leadingMetric === metric ? differenceOfShares(metric, original.correct, variant.correct) : undefined;
}

function differenceOfShares(metric: string, original: Uint8Array, variant: Uint8Array): PairedDifference {
  let onlyOriginal = 0;
  let onlyVariant = 0;
  for (let sample = 0; sample < original.length; sample++) {
    if (original[sample]! > variant[sample]!) onlyOriginal++;
    if (original[sample]! < variant[sample]!) onlyVariant++;
  }
  const { value, interval } = pairedProportionDifference(onlyVariant, onlyOriginal, original.length);
  return { metric, value, interval, onlyOriginal, onlyVariant };
}
