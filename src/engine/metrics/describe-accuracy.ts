/** Describes accuracy on the page and in reports: every figure with its interval, differences in points. */
import type { EvaluationTask } from '../data/mapping/mapping';
import type { Estimate, PairedDifference } from './evaluation';
import { formatFigures, formatNumber, formatPercent } from '../format';
import { ownValue } from '../own-value';

type TaskKind = EvaluationTask['kind'];

const noBreakSpace = '\u00a0';
const minus = '\u2212';

export const metricNames: Readonly<Record<string, string>> = {
  top1: 'Top-1',
  top5: 'Top-5',
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1',
  mae: 'Mean absolute error',
  rmse: 'Root mean square error',
  r2: 'R²',
  map: 'mAP@50:95',
  map50: 'mAP@50',
  cer: 'Character error rate',
  wer: 'Word error rate',
  recallAt1: 'Recall@1',
  recallAt5: 'Recall@5',
  recallAt10: 'Recall@10',
  perplexity: 'Perplexity',
  nextTokenAgreement: 'Same next token',
  sequenceAgreement: 'Same generated text',
};

const errorMetrics: ReadonlySet<string> = new Set(['mae', 'rmse', 'perplexity', 'cer', 'wer']);
const shareMetrics: ReadonlySet<string> = new Set([
  ...['top1', 'top5', 'accuracy', 'precision', 'recall', 'f1'],
  ...['map', 'map50', 'cer', 'wer', 'nextTokenAgreement', 'sequenceAgreement'],
  ...['recallAt1', 'recallAt5', 'recallAt10'],
]);

const leadingMetrics: Readonly<Record<TaskKind, string | null>> = {
  classification: 'top1',
  binary: 'accuracy',
  regression: 'mae',
  detection: 'map',
  transcription: 'cer',
  retrieval: 'recallAt1',
  'next-token': 'perplexity',
  match: null,
};

/** True if less is better: errors, error rates and perplexity. */
export function isErrorMetric(metric: string): boolean {
  return errorMetrics.has(metric);
}

export function metricName(metric: string): string {
  return ownValue(metricNames, metric) ?? metric;
}

/** Shares are fractions and shown in percent; errors and R² are in units of their own. */
export function isShareMetric(metric: string): boolean {
  return shareMetrics.has(metric);
}

/** The metric where it stands alone: `Top-1 accuracy`. */
export function accuracyName(metric: string): string {
  return metric === 'top1' || metric === 'top5' ? `${metricName(metric)} accuracy` : metricName(metric);
}

/** The task of an evaluation: `output "y" as yes or no, yes above 0`. `null` if outputs were only compared. */
export function describeTask(task: EvaluationTask): string | null {
  switch (task.kind) {
    case 'classification':
      return `output "${task.output}" as classes`;
    case 'binary': {
      const yes = task.positive === undefined ? 'yes' : `${task.positive} (yes)`;
      return `output "${task.output}" as yes/no, ${yes} above ${formatNumber(task.threshold, 15)}`;
    }
    case 'regression':
      return `output "${task.output}" as numbers`;
    case 'detection':
      return `output "${task.output}" as boxes`;
    case 'transcription':
      return `output "${task.output}" as text`;
    case 'retrieval':
      return `output "${task.output}" by nearest neighbors of the same label`;
    case 'next-token':
      return `output "${task.output}" by the next token`;
    case 'match':
      return null;
  }
}

interface TaskMetrics {
  readonly task: TaskKind;
  readonly metrics: Readonly<Record<string, Estimate>>;
}

/** The metric that stands for a task, and its figure. `null` if there is none. */
export function leadingEstimate({ task, metrics }: TaskMetrics): {
  readonly metric: string;
  readonly estimate: Estimate;
} | null {
  const metric = leadingMetrics[task];
  const estimate = metric === null ? undefined : ownValue(metrics, metric);
  return metric === null || estimate === undefined ? null : { metric, estimate };
}

/** `97.9 %`, or `0.132` for an error. */
export function formatMetric(metric: string, value: number): string {
  return isShareMetric(metric) ? formatPercent(value) : formatFigures(value);
}

/** `96.6–98.7 %` */
export function formatMetricInterval(metric: string, [low, high]: Estimate['interval']): string {
  if (!isShareMetric(metric)) return `${formatFigures(low)} to ${formatFigures(high)}`;
  return `${(low * 100).toFixed(1)}–${formatPercent(high)}`;
}

/** `+0.4 points`, `−1.0 point`; for an error `+0.012`. The sign is the change, whether that is better or worse. */
export function formatDifference({ metric, value }: Pick<PairedDifference, 'metric' | 'value'>): string {
  const sign = value > 0 ? '+' : value < 0 ? minus : '±';
  if (!isShareMetric(metric)) return `${sign}${formatFigures(Math.abs(value))}`;
  const points = pointsText(value);
  return `${Number(points) === 0 ? '±' : sign}${points}${noBreakSpace}${Number(points) === 1 ? 'point' : 'points'}`;
}

/** One decimal, or two below a tenth of a point, for which one decimal is not enough. */
function pointsText(value: number): string {
  const points = Math.abs(value) * 100;
  return points.toFixed(points > 0 && points < 0.1 ? 2 : 1);
}

/** `−0.9 to +0.4 points` */
export function formatDifferenceInterval({ metric, interval }: Pick<PairedDifference, 'metric' | 'interval'>): string {
  const [low, high] = interval.map((value) => formatDifference({ metric, value }));
  return `${(low ?? '').replace(/\u00a0points?$/, '')} to ${high ?? ''}`;
}
