/** What a search found: size against what was lost as a chart, and every candidate in a table. */
import { lazy, Suspense, type ReactNode } from 'react';
import type { Candidate } from '../../../../engine/search/candidate';
import type { SearchResult } from '../../../../engine/search/search-journal';
import { CandidateTable } from './CandidateTable';
import classes from './TradeOff.module.css';
import type { ColourOfCandidate } from './trade-off-model';

/** The chart library comes with it. */
const TradeOffChart = lazy(() => import('./TradeOffChart'));

interface TradeOffProps {
  readonly result: SearchResult;
  /** What can be done with a candidate. */
  readonly action?: (candidate: Candidate) => ReactNode;
  readonly colourOf: ColourOfCandidate;
}

export function TradeOff({ result, action, colourOf }: TradeOffProps) {
  const hasPoints = result.candidates.some(({ sizeBytes, loss }) => sizeBytes !== undefined && loss !== undefined);
  return (
    <>
      {hasPoints ? (
        <Suspense fallback={<div className={classes.place} />}>
          <TradeOffChart result={result} colourOf={colourOf} />
        </Suspense>
      ) : null}
      <CandidateTable result={result} action={action} colourOf={colourOf} />
    </>
  );
}
