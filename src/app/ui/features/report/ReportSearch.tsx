/** The search that found the variant: the trade-off of its candidates, computed from the journal. */
import { useCallback, useMemo, useState } from 'react';
import { findByRecipe } from '../../../../engine/recipe/same-recipe';
import type { Report } from '../../../../engine/report/report-schema';
import type { Candidate } from '../../../../engine/search/candidate';
import { describeSearch } from '../../../../engine/search/describe-search';
import { resultOf } from '../../../../engine/search/search-journal';
import { TradeOff } from '../../components/trade-off/TradeOff';
import { ReportPart } from './FoldedOnPhone';

interface ReportSearchProps {
  readonly report: Report;
  readonly search: NonNullable<Report['search']>;
  readonly colorOf: (id: string) => string;
}

export function ReportSearch({ report, search, colorOf }: ReportSearchProps) {
  const { variants } = report;
  // Limits can be changed, because a reader may ask for the effect of another limit.
  const [limits, setLimits] = useState(search.goal.limits);
  const result = useMemo(() => resultOf(search), [search]);
  const colorOfCandidate = useCallback(
    ({ recipe }: Pick<Candidate, 'recipe'>) => {
      const made = findByRecipe(variants, recipe);
      return made && colorOf(made.id);
    },
    [variants, colorOf],
  );
  return (
    <ReportPart title="Search">
      <p>{describeSearch(result)}</p>
      <TradeOff result={result} report={report} colorOf={colorOfCandidate} limits={limits} onLimits={setLimits} />
    </ReportPart>
  );
}
