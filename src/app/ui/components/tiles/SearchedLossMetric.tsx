/** What a search found that a variant lost, where nobody evaluated it by itself. */
import { findJudged, toldLoss, type Candidate } from '../../../../engine/search/candidate';
import { formatLoss, formatLossInterval, nameOfLoss } from '../../../../engine/search/describe-search';
import { formatCounted } from '../../../../engine/format';
import type { Report } from '../../../../engine/report/report-schema';
import { Quantity } from '../Quantity';
import { MetricTile } from './MetricTile';

/** `undefined` where no search judged the variant on data. */
export function searchedCandidateOf(report: Report, variantId: string): Candidate | undefined {
  const variant = report.variants.find(({ id }) => id === variantId);
  return variant && report.search && findJudged(report.search.candidates, variant.recipe);
}

export function SearchedLossMetric({ candidate }: { readonly candidate: Candidate }) {
  const loss = toldLoss(candidate)!;
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
