/** What was tried before the variant was chosen: the trade-off, worked out anew from what was found. */
import { useMemo } from 'react';
import { findByRecipe } from '../../../../engine/recipe/same-recipe';
import type { Report } from '../../../../engine/report/report-schema';
import type { Candidate } from '../../../../engine/search/candidate';
import { describeSearch } from '../../../../engine/search/describe-search';
import { resultOf } from '../../../../engine/search/search-journal';
import { TradeOff } from '../../components/trade-off/TradeOff';

interface ReportSearchProps {
  readonly search: NonNullable<Report['search']>;
  readonly variants: Report['variants'];
  readonly colourOf: (id: string) => string;
  readonly className?: string | undefined;
}

export function ReportSearch({ search, variants, colourOf, className }: ReportSearchProps) {
  const result = useMemo(() => resultOf(search), [search]);
  const colourOfCandidate = ({ recipe }: Pick<Candidate, 'recipe'>) => {
    const made = findByRecipe(variants, recipe);
    return made && colourOf(made.id);
  };
  return (
    <section className={className} aria-label="Search">
      <h2>What was tried</h2>
      <p>{describeSearch(result)}</p>
      <TradeOff result={result} colourOf={colourOfCandidate} />
    </section>
  );
}
