/** Facts for people about how an accuracy was measured. */
import { describeEvaluatedSamples } from '../../../../engine/report/describe-evaluated-samples';
import type { ReportEvaluation } from '../../../../engine/report/evaluation-schema';
import {
  accuracyName,
  formatDifference,
  formatDifferenceInterval,
  formatMetric,
  formatMetricInterval,
  isShareMetric,
  leadingEstimate,
  metricName,
} from '../../../../engine/metrics/describe-accuracy';
import { formatCount, formatProvider } from '../../../../engine/format';
import type { Report } from '../../../../engine/report/report-schema';
import type { Fact } from '../FactList';
import { describeDevice, describeThreads, formatMoment, type CellEvidence } from './cell-evidence';

export function accuracyEvidence(report: Report, evaluation: ReportEvaluation): CellEvidence {
  const leading = leadingEstimate(evaluation);
  const { difference } = evaluation;
  const data = report.evaluationData;
  const facts: Fact[] = [
    ['Data', data?.name ?? 'unknown'],
    ['Samples', data === undefined ? formatCount(evaluation.samples) : describeEvaluatedSamples(data, evaluation)],
    ...Object.entries(evaluation.metrics).map(([metric, { value, interval }]): Fact => [
      metricName(metric),
      `${formatMetric(metric, value)} (${formatMetricInterval(metric, interval)})`,
    ]),
  ];
  if (difference !== undefined) {
    facts.push(['Against original', `${formatDifference(difference)} (${formatDifferenceInterval(difference)})`]);
    if (difference.onlyOriginal !== undefined && difference.onlyVariant !== undefined) {
      facts.push(['Correct in one only', `original ${difference.onlyOriginal}, variant ${difference.onlyVariant}`]);
    }
  }
  facts.push(['Provider', `${formatProvider(evaluation.ep)}, ${describeThreads(evaluation.threads)}`]);
  if (evaluation.evaluatedAt !== undefined) facts.push(['When', formatMoment(evaluation.evaluatedAt)]);
  facts.push(['Device', describeDevice(report.device)]);
  const isShare = leading === null || isShareMetric(leading.metric);
  return {
    title: leading === null ? 'Output match on data' : accuracyName(leading.metric),
    method: `On labeled samples that no pass was calibrated with. 95 % interval${isShare ? ' (Wilson)' : ''}; the difference is paired, as both ran on the same samples.`,
    facts,
  };
}
