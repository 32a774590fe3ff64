/** The results of the last search, while they are valid. Pure. */
import { findEvaluated, type Candidate } from '../../../engine/search/candidate';
import type { SearchState } from '../../../engine/search/search-journal';
import { currentContext } from '../data/data-selectors';
import { originalId, type ReportedWork, type Variant } from '../workspace/workspace-store';

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

/** The search in view; the one that runs where there is no other. `null`: there is none, or it was on another model, other data or another split. */
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
