import {
  accuracyName,
  formatMetric,
  formatMetricInterval,
  leadingEstimate,
} from '../../../../engine/metrics/describe-accuracy';
import { findEvaluation } from '../../../../engine/report/find-in-report';
import { formatCounted } from '../../../../engine/format';
import type { Report } from '../../../../engine/report/report-schema';
import { accuracyEvidence } from '../charts/accuracy-evidence';
import { Evidence } from '../Evidence';
import { Quantity } from '../Quantity';
import { VerdictChip } from '../VerdictChip';
import { evaluatedVerdict, knownVerdict, type KnownVerdict } from '../../../../engine/report/variant-verdict';
import { shortVerdict, toneOfLoss } from '../../../../engine/verdict/loss-verdict';
import { MetricTile } from './MetricTile';
import { formatLoss, formatLossInterval, nameOfLoss } from '../../../../engine/verdict/loss';

/** Shows the accuracy on real data. Shows nothing without data, because other tiles state that accuracy is unknown. */
export function AccuracyMetric({ report, variantId }: { readonly report: Report; readonly variantId: string }) {
  const evaluation = findEvaluation(report, variantId);
  const leading = evaluation && leadingEstimate(evaluation);
  if (!evaluation || !leading) {
    const known = knownVerdict(report, variantId);
    return known?.from === 'search' ? <SearchedLossMetric {...known} /> : null;
  }
  const { metric, estimate } = leading;
  const known = evaluatedVerdict(report, variantId);
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
        known === undefined ? undefined : (
          <VerdictChip verdict={toneOfLoss(known.verdict, known.loss)} title={known.verdict.sentence}>
            {shortVerdict(known.verdict, known.loss)}
          </VerdictChip>
        )
      }
      note={`${interval}, ${formatCounted(evaluation.samples, 'sample')}`}
    />
  );
}

/** The accuracy loss that a search measured for a variant without an evaluation of its own. */
function SearchedLossMetric({ loss, verdict }: Pick<KnownVerdict, 'loss' | 'verdict'>) {
  const interval = formatLossInterval(loss);
  const samples = formatCounted(loss.samples, 'sample');
  return (
    <MetricTile
      label={nameOfLoss(loss)}
      value={<Quantity text={formatLoss(loss, loss.value)} size="metric" />}
      chip={
        <VerdictChip verdict={toneOfLoss(verdict, loss)} title={verdict.sentence}>
          {shortVerdict(verdict, loss)}
        </VerdictChip>
      }
      note={interval === null ? samples : `${interval}, ${samples}`}
    />
  );
}
