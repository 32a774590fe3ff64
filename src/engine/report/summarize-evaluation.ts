import { sqnrCapDb } from '../format';
import type { Estimate, Evaluation, PairedDifference } from '../metrics/evaluation';
import { mostMetrics, mostReportedClasses, mostWarnings, type ReportEvaluation } from './evaluation-schema';
import { cutName, cutText } from '../metrics/schema-parts';

/** An evaluation as a report carries it: without the samples that were skipped, and without matrices of many classes. */
export function summarizeEvaluation(evaluation: Evaluation & Pick<ReportEvaluation, 'evaluatedAt'>): ReportEvaluation {
  const { variant, ep, samples, skipped, accuracy, difference, outputMatch, batch, threads, evaluatedAt } = evaluation;
  const classes = accuracy?.classes;
  return {
    variant,
    ep,
    samples,
    skipped,
    task: accuracy?.task.kind ?? 'match',
    metrics: Object.fromEntries(
      Object.entries(accuracy?.metrics ?? {})
        .filter(([, { value, interval }]) => [value, ...interval].every(Number.isFinite))
        .slice(0, mostMetrics)
        .map(([metric, { value, interval, tokens }]): [string, ReportEvaluation['metrics'][string]] => [
          metric,
          { value, interval: copyOf(interval), ...(tokens !== undefined && { tokens }) },
        ]),
    ),
    ...(classes !== undefined &&
      classes.names.length <= mostReportedClasses && {
        classes: { names: classes.names.map(cutName), confusion: classes.confusion.map((row) => [...row]) },
      }),
    ...(accuracy?.undecided !== undefined && { undecided: accuracy.undecided }),
    ...(accuracy?.warnings !== undefined && {
      warnings: accuracy.warnings.slice(0, mostWarnings).map(({ message }) => cutText(message)),
    }),
    ...(difference !== undefined && { difference: summarizeDifference(difference) }),
    ...(outputMatch !== undefined && {
      match: {
        sqnrDb: outputMatch.sqnrDb === null || Number.isFinite(outputMatch.sqnrDb) ? outputMatch.sqnrDb : -sqnrCapDb,
        ...(outputMatch.agreement !== undefined && { agreement: outputMatch.agreement }),
        identical: outputMatch.identical,
        valid: outputMatch.valid,
        ...(outputMatch.comparable !== undefined && { comparable: outputMatch.comparable }),
      },
    }),
    batch,
    threads,
    ...(evaluatedAt !== undefined && { evaluatedAt }),
  };
}

function summarizeDifference({ metric, value, interval, onlyOriginal, onlyVariant }: PairedDifference) {
  return {
    metric,
    value,
    interval: copyOf(interval),
    ...(onlyOriginal !== undefined && { onlyOriginal }),
    ...(onlyVariant !== undefined && { onlyVariant }),
  };
}

function copyOf([low, high]: Estimate['interval']): [number, number] {
  return [low, high];
}
