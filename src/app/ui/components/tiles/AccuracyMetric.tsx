import {
  accuracyName,
  accuracyVerdict,
  describeDifference,
  formatMetric,
  formatMetricInterval,
  leadingEstimate,
} from '../../../../engine/metrics/describe-accuracy';
import { findEvaluation, findSearched } from '../../../../engine/report/find-in-report';
import { formatCounted } from '../../../../engine/format';
import type { Report } from '../../../../engine/report/report-schema';
import { accuracyEvidence } from '../charts/accuracy-evidence';
import { Evidence } from '../Evidence';
import { Quantity } from '../Quantity';
import { VerdictChip } from '../VerdictChip';
import { toneOfAccuracy } from '../verdict-tone';
import { MetricTile } from './MetricTile';
import { reportedLoss, type Candidate } from '../../../../engine/search/candidate';
import { formatLoss, formatLossInterval, nameOfLoss } from '../../../../engine/search/describe-search';

/** Shows the accuracy on real data. Shows nothing without data, because other tiles state that accuracy is unknown. */
export function AccuracyMetric({ report, variantId }: { readonly report: Report; readonly variantId: string }) {
  const evaluation = findEvaluation(report, variantId);
  const leading = evaluation && leadingEstimate(evaluation);
  if (!evaluation || !leading) {
    const searched = findSearched(report, variantId);
    return searched === undefined ? null : <SearchedLossMetric candidate={searched} />;
  }
  const { metric, estimate } = leading;
  const { difference } = evaluation;
  const interval = formatMetricInterval(metric, estimate.interval);
  return (
    <MetricTile
      label={accuracyName(metric)}
      value={
        <Evidence {...accuracyEvidence(report, evaluation)}>
          <Quantity text={formatMetric(metric, estimate.value)} size="metric" />
        </Evidence>
      }
      chip={
        difference === undefined ? undefined : (
          <VerdictChip verdict={toneOfAccuracy(accuracyVerdict(difference))}>
            {describeDifference(difference).replace('measurable ', '')}
          </VerdictChip>
        )
      }
      note={`${interval}, ${formatCounted(evaluation.samples, 'sample')}`}
    />
  );
}

/** The accuracy loss that a search measured for a variant without an evaluation of its own. */
function SearchedLossMetric({ candidate }: { readonly candidate: Candidate }) {
  const loss = reportedLoss(candidate)!;
  const interval = formatLossInterval(loss);
  const samples = formatCounted(loss.samples, 'sample');
  return (
    <MetricTile
      label={nameOfLoss(loss)}
      value={<Quantity text={formatLoss(loss, loss.value)} size="metric" />}
      note={interval === null ? samples : `${interval}, ${samples}`}
    />
  );
}
