/** The column of the comparison that shows accuracy on real data. There is none without it. */
import { findEvaluation } from '../../../../engine/report/find-in-report';
import {
  accuracyName,
  formatDifferenceInterval,
  formatMetric,
  formatMetricInterval,
  isShareMetric,
  leadingEstimate,
} from '../../../../engine/metrics/describe-accuracy';
import { formatCount } from '../../../../engine/format';
import type { Report } from '../../../../engine/report/report-schema';
import { originalId } from '../../../state/workspace/workspace-store';
import { evaluatedVerdict } from '../../../../engine/report/variant-verdict';
import { shortVerdict, toneOfLoss } from '../../../../engine/verdict/loss-verdict';
import { accuracyEvidence } from './accuracy-evidence';
import type { ComparisonColumn, ComparisonMark, ComparisonRow } from './comparison-column';

const notEvaluated: ComparisonMark = {
  state: 'missing',
  value: null,
  interval: null,
  label: '–',
  detail: 'not evaluated',
  tone: null,
  stale: false,
  exact: 'not evaluated',
  evidence: null,
};

export function accuracyColumn(report: Report, rows: readonly ComparisonRow[]): ComparisonColumn | null {
  const leading = (report.evaluations ?? []).map(leadingEstimate).find((found) => found !== null);
  if (leading === undefined) return null;
  const { metric } = leading;
  const marks = rows.map(({ id }) => accuracyMark(report, id, metric));
  const samples = [...new Set((report.evaluations ?? []).map((evaluation) => evaluation.samples))];
  const ends = marks.flatMap(({ value, interval }) => [value ?? 0, interval?.[1] ?? 0]);
  return {
    id: 'accuracy',
    title: accuracyName(metric),
    longTitle: accuracyName(metric),
    note: samples.length === 1 ? `n = ${formatCount(samples[0] ?? 0)}` : 'on the data',
    // The whole axis of a share: a bar that fills its column is 100 %.
    maximum: isShareMetric(metric) ? 1 : Math.max(...ends),
    marks,
  };
}

function accuracyMark(report: Report, variantId: string, metric: string): ComparisonMark {
  const evaluation = findEvaluation(report, variantId);
  const estimate = evaluation?.metrics[metric];
  if (evaluation === undefined || estimate === undefined) return notEvaluated;
  const { difference } = evaluation;
  const label = formatMetric(metric, estimate.value);
  const range = formatMetricInterval(metric, estimate.interval);
  const known = evaluatedVerdict(report, variantId);
  return {
    state: variantId === originalId ? 'reference' : 'value',
    value: estimate.value,
    interval: estimate.interval,
    label,
    detail: known === undefined ? range : shortVerdict(known.verdict, known.loss),
    tone: known === undefined ? null : toneOfLoss(known.verdict, known.loss),
    stale: false,
    exact: `${label} (${range})${difference === undefined ? '' : `, ${known === undefined ? '' : `${shortVerdict(known.verdict, known.loss)}, `}difference ${formatDifferenceInterval(difference)}`}`,
    evidence: accuracyEvidence(report, evaluation),
  };
}
