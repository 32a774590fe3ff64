/** Find the best: what to look for, what is found while it is looked for, and the trade-off that came of it. */
import { Button } from '@mantine/core';
import { lazy, Suspense, useEffect, useMemo, useRef } from 'react';
import { describeSearch } from '../../../../engine/search/describe-search';
import { resultOf, type SearchState } from '../../../../engine/search/search-journal';
import { hasJob } from '../../../state/jobs/job-store';
import { canGoOn, goOnSearching } from '../../../state/search/search-actions';
import { studioViewStore } from '../../../state/window/studio-view';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CandidateTable } from './CandidateTable';
import { GoalForm } from './GoalForm';
import classes from './SearchView.module.css';

const TradeOffChart = lazy(() => import('./TradeOffChart'));

export function SearchView() {
  const search = useWorkspace((state) => state.search);
  const isRunning = useJob((state) => hasJob(state, 'search'));
  const view = useRef<HTMLElement>(null);
  // On a phone it is below the fold when the button has led here, or a reload to a search that it broke off.
  const isWanted = useRef(studioViewStore.getState().view === 'trade-off' || search?.stopReason === null);
  useEffect(() => {
    if (isWanted.current) view.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <section ref={view} className={classes.view} aria-label="Trade-off">
      {isRunning ? null : <GoalForm isFirst={search === null} />}
      {search === null ? null : <Found search={search} isRunning={isRunning} />}
    </section>
  );
}

function Found({ search, isRunning }: { readonly search: SearchState; readonly isRunning: boolean }) {
  const result = useMemo(() => resultOf(search), [search]);
  const goesOn = useWorkspace(canGoOn);
  const hasPoints = result.candidates.some(({ sizeBytes, loss }) => sizeBytes !== undefined && loss !== undefined);
  return (
    <>
      {isRunning ? null : (
        <div className={classes.found}>
          <p className={classes.sentence} data-testid="search-result">
            {describeSearch(result)}
          </p>
          {goesOn ? (
            <Button variant={result.promising.length > 0 ? 'filled' : 'default'} onClick={() => void goOnSearching()}>
              Go on
            </Button>
          ) : null}
        </div>
      )}
      {hasPoints ? (
        <Suspense fallback={<div className={classes.place} />}>
          <TradeOffChart result={result} />
        </Suspense>
      ) : null}
      <CandidateTable result={result} isRunning={isRunning} />
    </>
  );
}
