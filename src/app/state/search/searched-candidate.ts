/** What the last search found, while it still holds. Pure. */
import { findJudged, type Candidate } from '../../../engine/search/candidate';
import type { SearchState } from '../../../engine/search/search-journal';
import { currentContext } from '../data/data-selectors';
import { originalId, type ReportedWork, type Variant } from '../workspace/workspace-store';

/** What a search stands on, as text: with other data, or another mapping or split, it says nothing of the work. */
export function searchBasis(state: ReportedWork): string {
  const { original, data, freeDimensions } = state;
  const context = currentContext(state, originalId);
  const { name, sizeBytes } = original!.inspection.file;
  const judged = data && { key: data.evaluation.key, mapping: context?.mapping, split: context?.split };
  return JSON.stringify([name, sizeBytes, freeDimensions, judged]);
}

/** The last search; `null` where there is none, or it was on another model, other data or another split. */
export function currentSearch(state: ReportedWork): SearchState | null {
  const { search, original } = state;
  return search !== null && original !== null && search.basis === searchBasis(state) ? search : null;
}

/** The candidate with the recipe of a variant; `undefined` where there is none, or it was never judged on data. */
export function searchedCandidate(state: ReportedWork, variant: Pick<Variant, 'recipe'>): Candidate | undefined {
  return findJudged(currentSearch(state)?.candidates ?? [], variant.recipe);
}
