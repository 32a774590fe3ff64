/** How an accuracy came about, as facts for people. */
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
} from '../../../../engine/report/describe-accuracy';
import { formatCount, formatProvider } from '../../../../engine/report/format';
import type { Report } from '../../../../engine/report/report-schema';
import type { Fact } from '../FactList';
import { describeDevice, describeThreads, formatMoment, type CellEvidence } from './cell-evidence';

/** `1,000 of 10,000 samples, seed 1` */
export function describeSplit({ samples, split }: NonNullable<Report['evaluationData']>): string {
  const { calibration, evaluation, seed } = split;
  if (calibration === 0 && evaluation === null) return `all ${formatCount(samples)} samples`;
  const left = Math.max(0, samples - calibration);
  const evaluated = Math.min(left, evaluation ?? left);
  return `${formatCount(evaluated)} of ${formatCount(samples)} samples, ${formatCount(calibration)} set aside, seed ${seed}`;
}

export function accuracyEvidence(report: Report, evaluation: ReportEvaluation): CellEvidence {
  const leading = leadingEstimate(evaluation);
  const { difference } = evaluation;
  const data = report.evaluationData;
  const facts: Fact[] = [
    ['Data', data?.name ?? 'unknown'],
    ['Evaluated', data === undefined ? 'unknown' : describeSplit(data)],
    ['Samples judged', formatCount(evaluation.samples)],
    ...(evaluation.skipped === 0 ? [] : [['Skipped', formatCount(evaluation.skipped)] as const]),
    ...Object.entries(evaluation.metrics).map(([metric, { value, interval }]): Fact => [
      metricName(metric),
      `${formatMetric(metric, value)} (${formatMetricInterval(metric, interval)})`,
    ]),
  ];
  if (difference !== undefined) {
    facts.push(['Against original', `${formatDifference(difference)} (${formatDifferenceInterval(difference)})`]);
    if (difference.onlyOriginal !== undefined && difference.onlyVariant !== undefined) {
      facts.push(['Right in one only', `original ${difference.onlyOriginal}, variant ${difference.onlyVariant}`]);
    }
  }
  facts.push(['Provider', `${formatProvider(evaluation.ep)}, ${describeThreads(evaluation.threads)}`]);
  if (evaluation.evaluatedAt !== undefined) facts.push(['When', formatMoment(evaluation.evaluatedAt)]);
  facts.push(['Device', describeDevice(report.device)]);
  const isShare = leading === null || isShareMetric(leading.metric);
  return {
    title: leading === null ? 'Output match on data' : accuracyName(leading.metric),
    method: `Of labelled samples that no pass was calibrated with. The interval is 95 %${isShare ? ', Wilson’s for a share' : ''}; the difference is paired: both ran on the same samples.`,
    facts,
  };
}
