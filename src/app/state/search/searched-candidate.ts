/** The results of the last search, while they are valid. Pure. */
import { findEvaluated, isLeft, type Candidate } from '../../../engine/search/candidate';
import { resultOf, type SearchState } from '../../../engine/search/search-journal';
import { currentContext } from '../data/data-selectors';
import { originalId, type ReportedWork, type Variant, type WorkspaceState } from '../workspace/workspace-store';

/**
 * The basis of a search, as text. Results of a search do not apply to work with other data, another mapping or another
 * split.
 */
export function searchBasis(state: ReportedWork): string {
  const { original, data, freeDimensions } = state;
  const context = currentContext(state, originalId);
  const { name, sizeBytes } = original!.inspection.file;
  const evaluated = data && { key: data.evaluation.key, mapping: context?.mapping, split: context?.split };
  return JSON.stringify([name, sizeBytes, freeDimensions, evaluated]);
}

/**
 * The search in view, or the running one if there is no other. `null`: there is none, or it was on another model, other
 * data or another split.
 */
export function currentSearch(state: ReportedWork): SearchState | null {
  const search = state.search ?? state.ongoingSearch?.found ?? null;
  return search !== null && isOfWork(state, search) ? search : null;
}

function isOfWork(state: ReportedWork, search: SearchState): boolean {
  return state.original !== null && search.basis === searchBasis(state);
}

/**
 * Returns the candidate with the recipe of a variant, from the search in view or else from another one. `undefined` if
 * there is none, or if it was never evaluated on data.
 */
export function searchedCandidate(
  state: ReportedWork,
  variant: Pick<Variant, 'recipe' | 'fromFile'>,
): Candidate | undefined {
  if (variant.fromFile !== undefined) return undefined;
  const { search, ongoingSearch, otherSearches } = state;
  const all = [search, ongoingSearch?.found ?? null, ...otherSearches].filter((each) => each !== null);
  return all
    .filter((each) => isOfWork(state, each))
    .map(({ candidates }) => findEvaluated(candidates, variant.recipe))
    .find((found) => found !== undefined);
}

/** True if the data of the work was too large to be kept. A search without it would be a different one. */
export function isDataMissing({ data, missingData }: WorkspaceState): boolean {
  return data !== null && missingData.includes(data.evaluation.key);
}

/**
 * True if the last search can continue: the model and the data are the same and available, and something is left to do.
 */
export function canGoOn(state: WorkspaceState): boolean {
  const search = currentSearch(state);
  if (search === null || isDataMissing(state)) return false;
  const { best, candidates, samples, stopReason } = resultOf(search);
  // A stopped search has timed and saved nothing, even if it has evaluated candidates.
  if (stopReason === null || stopReason === 'canceled') return true;
  if (search.mixings?.some(({ isOver }) => !isOver) === true) return true;
  const isUnchecked = candidates.some(({ id, confirmed }) => id === best && confirmed === undefined);
  return (isUnchecked && samples.confirm > 0) || candidates.some(isLeft);
}

/** The recipes of the last search, if it can continue: those that it evaluated, and those that are left. */
export function unfinishedSearch(state: WorkspaceState): { readonly evaluated: number; readonly left: number } | null {
  if (!canGoOn(state)) return null;
  const { candidates } = currentSearch(state)!;
  const evaluated = candidates.filter(({ loss }) => loss !== undefined).length;
  return { evaluated, left: candidates.filter(isLeft).length };
}
