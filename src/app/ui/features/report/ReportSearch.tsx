/** What was tried before the variant was chosen: the trade-off, worked out anew from what was found. */
import { useMemo } from 'react';
import type { Report } from '../../../../engine/report/report-schema';
import { describeSearch } from '../../../../engine/search/describe-search';
import { resultOf } from '../../../../engine/search/search-journal';
import { TradeOff } from '../../components/trade-off/TradeOff';

interface ReportSearchProps {
  readonly search: NonNullable<Report['search']>;
  readonly className?: string | undefined;
}

export function ReportSearch({ search, className }: ReportSearchProps) {
  const result = useMemo(() => resultOf(search), [search]);
  return (
    <section className={className} aria-label="Search">
      <h2>What was tried</h2>
      <p>{describeSearch(result)}</p>
      <TradeOff result={result} />
    </section>
  );
}
