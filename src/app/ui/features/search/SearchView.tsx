/** Find the best: the goal, the candidates while a search runs, and the resulting trade-off. */
import { Button, Group, NativeSelect } from '@mantine/core';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { findByRecipe, findMade } from '../../../../engine/recipe/same-recipe';
import type { Candidate } from '../../../../engine/search/candidate';
import {
  describeComparedAs,
  describeDoubt,
  describeLeft,
  describeSearch,
} from '../../../../engine/search/describe-search';
import { usualGoal } from '../../../../engine/search/search-goal';
import { familiesOf } from '../../../../engine/search/technique-families';
import type { SearchResult, SearchState } from '../../../../engine/search/search-journal';
import { hasJob } from '../../../state/jobs/job-store';
import {
  type ChosenGoal,
  findBest,
  goOnSearching,
  removeSearch,
  showSearch,
  takeCandidate,
} from '../../../state/search/search-actions';
import { canGoOn } from '../../../state/search/searched-candidate';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { searchedTradeOff, workTradeOff } from '../../../state/report/work-trade-off';
import { studioViewStore } from '../../../state/window/studio-view';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { reportedWork } from '../../../state/workspace/workspace-store';
import { Banner } from '../../components/Banner';
import { CommandButton } from '../../components/CommandButton';
import { Note } from '../../components/Note';
import { TradeOff } from '../../components/trade-off/TradeOff';
import { colorOfRow } from '../../theme/variant-color';
import { GoalForm } from './GoalForm';
import classes from './SearchView.module.css';
import type { Variant } from '../../../state/workspace/workspace-store';
import { nameOfSearch } from '../../../state/workspace/kept-results';
import { CaptionedField } from '../../components/CaptionedField';

export function SearchView() {
  const work = useWorkspace(reportedWork);
  const result = useMemo(() => workTradeOff(work), [work]);
  const found = useMemo(() => searchedTradeOff(work), [work]);
  const report = useWorkspace(reportOfWorkspace);
  const { search, ongoingSearch, variants } = work;
  const [changed, setChanged] = useState<Partial<ChosenGoal>>({});
  const goal = { ...goalAfter(search), ...changed };
  const change = (more: Partial<ChosenGoal>) => setChanged({ ...changed, ...more });
  const colorOf = useCallback(
    (candidate: Pick<Candidate, 'id' | 'recipe'>) => {
      const made = findMade(variants, candidate);
      return made && colorOfRow({ variants }, made.id);
    },
    [variants],
  );
  const isRunning = useJob((state) => hasJob(state, 'search'));
  const view = useRef<HTMLElement>(null);
  // The view is below the fold on a phone when the button leads here, or after a reload that stopped a search.
  const isWanted = useRef(studioViewStore.getState().view === 'trade-off' || search?.stopReason === null);
  useEffect(() => {
    if (isWanted.current) view.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <section ref={view} className={classes.view} aria-label="Trade-off">
      {isRunning ? null : <SearchChoice />}
      {isRunning || search === null || found === null ? null : <Found result={found} />}
      {isRunning ? null : (
        <GoalForm
          goal={goal}
          onChange={change}
          onStart={() => {
            setChanged({});
            void findBest(goal);
          }}
          isFirst={search === null}
        />
      )}
      {isRunning && search !== null ? <Note>Earlier results are kept.</Note> : null}
      {isRunning && ongoingSearch?.found.doubt !== undefined ? (
        <Banner kind="notice" actions={<CommandButton command="go-data">Check the data</CommandButton>}>
          {describeDoubt(ongoingSearch.found.doubt)}
        </Banner>
      ) : null}
      {result === null ? null : (
        <TradeOff
          result={result}
          report={report}
          colorOf={colorOf}
          limits={goal.limits}
          onLimits={(limits) => change({ limits })}
          {...(!isRunning && { action: takeButton })}
        />
      )}
    </section>
  );
}

/** The goal of the next search until a person changes it: that of the last one, with the default time. */
function goalAfter(search: SearchState | null): ChosenGoal {
  const { objective, limits, techniques, ep } = search?.goal ?? usualGoal;
  return { objective, limits, budgetMs: usualGoal.budgetMs, families: familiesOf(techniques), ...(ep && { ep }) };
}

const takeButton = (candidate: Candidate) => <TakeButton key="take" candidate={candidate} />;

function Found({ result }: { readonly result: SearchResult }) {
  const goesOn = useWorkspace(canGoOn);
  // The download of the recommended variant is the next step. Its headline states the gains and losses.
  const isBestShown = useWorkspace((state) => {
    const best = result.candidates.find(({ id }) => id === result.best);
    return best !== undefined && findByRecipe(state.variants, best.recipe)?.id === state.selected;
  });
  const isNext = result.best === null && result.stopReason === null;
  const comparedAs = describeComparedAs(result);
  // Its sentence says how many recipes are left.
  const isRestShown = isBestShown && result.doubt === undefined;
  return (
    <Group gap="12px 24px">
      <p className={classes.sentence} data-testid="search-result">
        {describeSearch(result, { isBestShown, moreTime: 'Continue, or choose more time under “More limits”.' })}
      </p>
      {comparedAs === undefined ? null : <Note>{comparedAs}</Note>}
      {goesOn ? (
        <Group gap={12} wrap="nowrap">
          {isRestShown ? null : <Note>{describeLeft(result)}</Note>}
          <Button
            variant={isNext && result.doubt === undefined ? 'filled' : 'default'}
            onClick={() => void goOnSearching()}
          >
            Continue
          </Button>
        </Group>
      ) : null}
    </Group>
  );
}

/** Makes a variant of a candidate. */
function TakeButton({ candidate }: { readonly candidate: Candidate }) {
  const isShown = useWorkspace(({ variants }) => isOffered(candidate, variants));
  if (!isShown) return null;
  return (
    <Button
      variant="default"
      size="compact-sm"
      aria-label={`Make it: ${candidate.name}`}
      onClick={() => void takeCandidate(candidate.id)}
    >
      Make it
    </Button>
  );
}

/** Offers no wrong candidate, and none that is a variant already. The best is a variant, unless the search was stopped before. */
export function isOffered(
  candidate: Candidate,
  variants: readonly Pick<Variant, 'id' | 'recipe' | 'fromFile'>[],
): boolean {
  return candidate.loss !== undefined && candidate.stage !== 'failed' && findMade(variants, candidate) === undefined;
}

/** Selects the search in view, and removes it. Shows nothing if there is only one. */
function SearchChoice() {
  const { search, otherSearches } = useWorkspace((state) => ({
    search: state.search,
    otherSearches: state.otherSearches,
  }));
  if (search === null || otherSearches.length === 0) return null;
  const all = [search, ...otherSearches];
  return (
    <Group align="end" gap={12}>
      <CaptionedField caption="Search" note={null}>
        <NativeSelect
          aria-label="Search in view"
          value="0"
          onChange={({ currentTarget }) => {
            const chosen = all[Number(currentTarget.value)];
            if (chosen !== undefined) showSearch(chosen);
          }}
          data={all.map((each, place) => ({ value: String(place), label: nameOfSearch(each) }))}
        />
      </CaptionedField>
      <Button variant="default" onClick={removeSearch}>
        Remove this search
      </Button>
    </Group>
  );
}
