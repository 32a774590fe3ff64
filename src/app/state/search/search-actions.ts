/** Finds the best variant: starts a search, reports its progress, and keeps its results. */
import { formatRatio } from '../../../engine/format';
import { describeSearch } from '../../../engine/search/describe-search';
import { mixedWeightsId } from '../../../engine/search/mixed-technique';
import { withoutIdleLimits } from '../../../engine/search/output-limits';
import { timedOn, usualGoal, type SearchGoal, type SearchLimits } from '../../../engine/search/search-goal';
import { techniqueFamilies, techniquesOf } from '../../../engine/search/technique-families';
import {
  afterEvent,
  holdUnfinished,
  resultOf,
  type SearchEvent,
  type SearchState,
} from '../../../engine/search/search-journal';
import type { Candidate } from '../../../engine/search/candidate';
import type { BetterFound, BrowserSearchRequest, OptimizedModel, SearchMeasurement } from '../../jobs/jobs';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { recordCell, recordComparison } from '../workspace/measurement-actions';
import { currentCalibration, withSamples } from '../data/calibration';
import { setAsideToCalibrate } from '../data/data-actions';
import { currentJobs, runJob } from '../jobs/job-runner';
import { calibrates } from '../recipe/recipe-check';
import { keepVariant, replaceAndRun } from '../recipe/optimize-actions';
import { replaceRecipe } from '../recipe/recipe-actions';
import { withCheckedData } from './ask-about-data';
import { takePlaceOf } from '../recipe/variant-actions';
import { isGoalOver } from './goal-frame';
import { knownOutputs } from './known-outputs';
import { searchedData } from './search-request';
import { mostOtherSearches, nameOfSearch, withEnded, withoutShown, withShown } from '../workspace/kept-results';
import { currentSearch, searchBasis } from './searched-candidate';
import { asOneStep, changeDocument } from '../workspace/history';
import { announce, notify } from '../window/app-store';
import { foldRecipe, openView } from '../window/studio-view';
import { originalBytes } from '../workspace/selectors';
import { originalId, reportedWork, workspaceStore, type WorkspaceState } from '../workspace/workspace-store';

/** The parts of a goal that a person chooses; the rest has defaults. */
export interface ChosenGoal extends Pick<SearchGoal, 'objective' | 'limits' | 'budgetMs' | 'ep'> {
  /** Ids of what may be used. */
  readonly families: readonly string[];
  /** The variant that the first better one replaces; `null`: none. Absent: the best becomes a variant at the end. */
  readonly inPlaceOf?: string | null;
}

/**
 * Searches, and selects the variant that is recommended. Results stay, however the search ends, and so do those of
 * other searches. If only the timed provider differs, it begins with the results of the search in view, without their
 * times.
 */
export async function findBest(goal: ChosenGoal): Promise<void> {
  await withCheckedData('Search', () => searchFrom(goal));
}

/**
 * Searches for the fastest variant on WASM within the usual limits. Each better variant takes the place of the one before it,
 * first that of `inPlaceOf`. The data was checked before.
 */
export async function findFastest(budgetMs: number, inPlaceOf: string | null): Promise<void> {
  const families = techniqueFamilies.map(({ id }) => id);
  await searchFrom({ objective: 'latency', limits: usualGoal.limits, budgetMs, families, inPlaceOf });
}

async function searchFrom({ families, inPlaceOf, ...chosen }: ChosenGoal): Promise<void> {
  const techniques = techniquesOf(families, chosen.budgetMs);
  const goal = { ...usualGoal, ...chosen, ...(techniques && { techniques }) };
  const earlier = currentSearch(workspaceStore.getState());
  await searchFor(goal, earlier !== null && isTimedElsewhere(earlier.goal, goal) ? earlier : null, inPlaceOf);
}

/** True for two goals that are alike except for their limits, their time and the provider that is timed. */
function isTimedElsewhere(before: SearchGoal, now: SearchGoal): boolean {
  const isAlike = before.objective === now.objective && String(before.techniques) === String(now.techniques);
  return isAlike && timedOn(before) !== timedOn(now);
}

/** Measuring every layer and trying a series of files takes longer than a first search. */
const mixingBudgetMs = 300_000;

/** Searches for the bits of each layer within these limits. Earlier results stay. */
export async function findMixedBits(limits: SearchLimits): Promise<void> {
  const from = currentSearch(workspaceStore.getState());
  const goal = { ...usualGoal, limits, techniques: [mixedWeightsId] };
  // Times that were taken stay.
  const ep = from?.goal.ep;
  await searchFor({ ...goal, budgetMs: mixingBudgetMs, ...(ep && { ep }) }, from);
}

/** Continues the last search: its results stay, and it gets the same time again. */
export async function goOnSearching(): Promise<void> {
  const { search } = workspaceStore.getState();
  if (search !== null) await searchFor(search.goal, search);
}

/** @param inPlaceOf as in `ChosenGoal`. */
async function searchFor(wanted: SearchGoal, from: SearchState | null, inPlaceOf?: string | null): Promise<void> {
  const files = filesOf(originalFilesKey);
  const { original } = workspaceStore.getState();
  if (files === undefined || original === null) return;
  openView('trade-off');
  if (workspaceStore.getState().data !== null) setAsideToCalibrate();
  const state = workspaceStore.getState();
  const kinds = knownOutputs(reportedWork(state)).map(({ kind }) => kind);
  const goal = { ...wanted, limits: withoutIdleLimits(wanted.limits, kinds) };
  const request = { ...requestFor(state, goal, from), reportsBest: inPlaceOf !== undefined };
  const measured: SearchMeasurement[] = [];
  const place = { candidate: '', variant: inPlaceOf ?? null };
  const take = (id: string, model: OptimizedModel): void => {
    const candidate = workspaceStore.getState().ongoingSearch?.found.candidates.find((each) => each.id === id);
    if (candidate === undefined) return;
    if (place.candidate !== id) {
      place.variant = keepFound(candidate, model, { data: state.data, inPlaceOf: place.variant });
      place.candidate = id;
    }
    recordMeasured(measured, id, place.variant!);
  };
  await runJob('search', original.inspection.file.name, async (job) => {
    const follow = (event: SearchEvent | SearchMeasurement | BetterFound): void => {
      // Other work may have taken the place of this one.
      if (job.signal.aborted) return;
      if (event.kind === 'cell' || event.kind === 'comparison') measured.push(event);
      else if (event.kind === 'better') asOneStep('Better found', () => take(event.id, event.model));
      else {
        const opened = event.kind === 'begun' ? { ...event, originalBytes: originalBytes(original) } : event;
        recordEvent(opened, request.from !== null);
      }
    };
    const best = await currentJobs().searches.search(
      { ...job, onProgress: (event) => ('kind' in event ? follow(event) : job.onProgress(event)) },
      files,
      request,
    );
    const found = workspaceStore.getState().ongoingSearch?.found;
    if (found === undefined) return;
    const result = resultOf(found);
    asOneStep('Find the best', () => {
      if (best !== null && result.best !== null) take(result.best, best);
      endOngoing((search) => ({ ...search, stopReason: search.stopReason ?? 'finished' }));
    });
    announce(describeSearch(result));
  });
  endOngoing((search) => (isGoalOver() ? withRestHeld(search) : { ...search, stopReason: 'canceled' }));
}

/** The search after its time ended it. A continuation can finish the rest. */
function withRestHeld(search: SearchState): SearchState {
  return { ...holdUnfinished(search.candidates).reduce(afterEvent, search), stopReason: 'time' };
}

/** Makes a variant of a candidate, in the place of the one before it. Returns its id. */
function keepFound(
  { name, recipe, calibrationSamples, timing }: Candidate,
  model: OptimizedModel,
  { data, inPlaceOf }: Pick<WorkspaceState, 'data'> & { readonly inPlaceOf: string | null },
): string {
  replaceRecipe(recipe, 'Take the best');
  foldRecipe(recipe);
  const used = withSamples(currentCalibration(data), calibrationSamples);
  const id = keepVariant({ name, recipe, ...(calibrates(recipe) && { calibration: used }) }, model);
  if (inPlaceOf !== null) {
    takePlaceOf(inPlaceOf, id);
    notify(`Better found: ${name}${timing?.verdict === 'faster' ? `, ${formatRatio(timing.ratio)} faster` : ''}.`);
  }
  return id;
}

/**
 * Moves the results of the ongoing search to the searches that are over. Does nothing if there is no ongoing search.
 */
function endOngoing(end: (found: SearchState) => SearchState): void {
  const { ongoingSearch } = workspaceStore.getState();
  if (ongoingSearch === null) return;
  workspaceStore.setState({ ongoingSearch: null });
  const ended = { ...ongoingSearch, found: end(ongoingSearch.found) };
  const isStopped = ended.found.stopReason === 'canceled';
  const { otherSearches } = withEnded(workspaceStore.getState(), ended);
  const tooMany = otherSearches.slice(mostOtherSearches);
  changeDocument(isStopped ? 'Stopped search' : 'Find the best', (document) => {
    const kept = withEnded(document, ended);
    return { ...kept, otherSearches: kept.otherSearches.slice(0, mostOtherSearches) };
  });
  for (const search of tooMany) announceRemoved(search);
}

function announceRemoved(search: SearchState): void {
  notify(`The search “${nameOfSearch(search)}” was removed.`, { undoable: true });
}

/** Brings another search into view. */
export function showSearch(shown: SearchState): void {
  changeDocument('Show another search', (document) => withShown(document, shown));
}

/** Removes the search in view. Says so, and offers to take it back. */
export function removeSearch(): void {
  const { search } = workspaceStore.getState();
  if (search === null) return;
  changeDocument('Remove search', withoutShown);
  announceRemoved(search);
}

/**
 * Records measurements of the original and of the candidate that became a variant, so that they need not be measured
 * again.
 */
function recordMeasured(measured: readonly SearchMeasurement[], candidate: string, variant: string): void {
  const { freeDimensions, seed, device } = workspaceStore.getState();
  const context = { measuredAt: new Date().toISOString(), freeDimensions, budget: 'quick', seed, device } as const;
  for (const event of measured) {
    const { variant: of } = event.kind === 'cell' ? event.result : event.comparison;
    const row = of === candidate ? variant : of === originalId ? originalId : undefined;
    if (row === undefined) continue;
    if (event.kind === 'cell') recordCell({ ...event.result, variant: row }, context);
    else recordComparison({ ...event.comparison, variant: row });
  }
}

function recordEvent(event: SearchEvent, isContinued: boolean): void {
  workspaceStore.setState(({ ongoingSearch }) => ({
    ongoingSearch: { found: afterEvent(ongoingSearch?.found ?? null, event), isContinued },
  }));
}

function requestFor(state: WorkspaceState, goal: SearchGoal, from: SearchState | null): BrowserSearchRequest {
  const { freeDimensions, threads, seed } = state;
  const basis = searchBasis(state);
  return {
    goal,
    threads: threads ?? undefined,
    freeDimensions,
    measuringSeed: seed,
    basis,
    from: from?.basis === basis ? from : null,
    data: searchedData(state),
  };
}

/** Makes a variant of a candidate: its recipe becomes the one that is shown, and runs. */
export async function takeCandidate(id: string): Promise<void> {
  const { ongoingSearch, search } = workspaceStore.getState();
  const candidate = (ongoingSearch?.found ?? search)?.candidates.find((each) => each.id === id);
  if (candidate === undefined) return;
  await replaceAndRun(candidate.recipe, 'Take a candidate', candidate.calibrationSamples);
}
