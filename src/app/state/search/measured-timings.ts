/** Times of candidates that a benchmark measured. They complete a search that timed none. Pure. */
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import { ownTiming, timingOf, type Candidate, type Timing } from '../../../engine/search/candidate';
import { timedOn } from '../../../engine/search/search-goal';
import type { SearchState } from '../../../engine/search/search-journal';
import { findByRecipe } from '../../../engine/recipe/same-recipe';
import { isCellStale } from '../workspace/selectors';
import { cellKey, type ReportedWork } from '../workspace/workspace-store';

export function measuredTiming(state: ReportedWork, variantId: string, ep: ExecutionProvider): Timing | undefined {
  const key = cellKey(variantId, ep);
  const [cell, comparison] = [state.cells[key], state.comparisons[key]];
  if (cell === undefined || comparison === undefined || isCellStale(state, key)) return undefined;
  return timingOf(cell, comparison);
}

/**
 * Returns the search with times of variants that are its candidates, for candidates that the search did not time itself
 * on its provider.
 */
export function withMeasuredTimings(state: ReportedWork, search: SearchState): SearchState {
  const timed = (candidate: Candidate): Candidate => {
    const made = ownTiming(candidate) === undefined ? findByRecipe(state.variants, candidate.recipe) : undefined;
    const timing = made && measuredTiming(state, made.id, timedOn(search.goal));
    return timing === undefined ? candidate : { ...candidate, timing };
  };
  return { ...search, candidates: search.candidates.map(timed) };
}
