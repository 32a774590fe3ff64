/** What a search found that a variant lost, where nobody evaluated it by itself. */
import { toldLoss, type Candidate } from '../../../../engine/search/candidate';
import { formatLoss, formatLossInterval, nameOfLoss } from '../../../../engine/search/describe-search';
import { formatCounted } from '../../../../engine/format';
import { Quantity } from '../Quantity';
import { MetricTile } from './MetricTile';

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
