/** The scorer for a task, and how the answers of two models differ. */
import type { EvaluationTask } from '../data/mapping/mapping';
import { BinaryScorer } from './binary';
import { DetectionScorer } from './detection/detection-scorer';
import { ClassificationScorer } from './classification';
import type { DetectedTask } from '../data/mapping/detect-task';
import type { PairedDifference } from './evaluation';
import { EvenOddsScorer } from './even-odds';
import { meanEstimate } from './mean-interval';
import { NextTokenScorer, perplexityDifference } from './writing/next-token';
import { pairedProportionDifference } from './proportion-interval';
import { RegressionScorer } from './regression';
import { RetrievalScorer } from './embedding/retrieval';
import { RightOrWrongScorer } from './right-or-wrong';
import type { Scorer } from './scorer';
import { TranscriptionScorer } from './writing/transcription';

/** A task that needs labels. Labels of the next-token task are the tokens of the text. */
export type LabeledTask = Exclude<EvaluationTask | DetectedTask, { readonly kind: 'match' }>;

/** A task whose outputs are scored unchanged. Those of a detector need a layout as well (`DetectionScorer`). */
export type PlainTask = Exclude<LabeledTask, { readonly kind: 'detection' }>;

/**
 * @param capacity the most samples that will be scored. One outcome of a few bytes is kept for each.
 * @param classNames names of the classes in the order of their numbers, if the data has names.
 */
export function createScorer(task: PlainTask, capacity: number, classNames?: readonly string[]): Scorer {
  switch (task.kind) {
    case 'classification':
      return new ClassificationScorer(task, capacity, classNames);
    case 'binary':
      return 'threshold' in task
        ? new BinaryScorer(task, capacity, classNames)
        : new EvenOddsScorer(task.output, capacity, classNames);
    case 'regression':
      return new RegressionScorer(task, capacity);
    case 'transcription':
      return new TranscriptionScorer(task, capacity, classNames ?? []);
    case 'retrieval':
      return new RetrievalScorer(task);
    case 'next-token':
      return new NextTokenScorer(task, capacity);
  }
}

/**
 * Returns the variant's leading metric minus the original's, with a 95 % interval that uses that both saw the same
 * samples. The interval is Tango's score interval for shares. It is Student's t over absolute errors for regression,
 * and over texts for perplexity and error rates. It is a bootstrap over pictures for mean average precision.
 * `undefined` if the two scorers are of different kinds, or if the labels have nothing to find: no box or no character.
 */
export function pairedDifference(original: Scorer, variant: Scorer): PairedDifference | undefined {
  if (original instanceof RegressionScorer && variant instanceof RegressionScorer) {
    const before = original.absoluteErrors;
    return { metric: 'mae', ...meanEstimate(variant.absoluteErrors.map((error, index) => error - before[index]!)) };
  }
  if (original instanceof NextTokenScorer && variant instanceof NextTokenScorer) {
    return { metric: 'perplexity', ...perplexityDifference(original.texts, variant.texts) };
  }
  if (original instanceof TranscriptionScorer && variant instanceof TranscriptionScorer)
    return ifNumber(variant.differenceTo(original));
  if (original instanceof DetectionScorer && variant instanceof DetectionScorer)
    return ifNumber(variant.differenceTo(original));
  if (original instanceof RetrievalScorer && variant instanceof RetrievalScorer)
    return differenceOfShares('recallAt1', original.found(1), variant.found(1));
  if (!(original instanceof RightOrWrongScorer && variant instanceof RightOrWrongScorer)) return undefined;
  const metric = original.leadingMetric;
  return variant.leadingMetric === metric ? differenceOfShares(metric, original.correct, variant.correct) : undefined;
}

function ifNumber(difference: PairedDifference): PairedDifference | undefined {
  return Number.isNaN(difference.value) ? undefined : difference;
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
