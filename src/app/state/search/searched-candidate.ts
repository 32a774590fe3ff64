/** What the last search found of a variant, while it still holds. Pure. */
import type { Candidate } from '../../../engine/search/candidate';
import { currentContext } from '../data/data-selectors';
import { sameRecipe } from '../recipe/same-recipe';
import { originalId, type Variant, type WorkspaceState } from '../workspace/workspace-store';

/** What a search stands on, as text: with other data, or another mapping or split, it says nothing of the work. */
export function searchBasis(state: WorkspaceState): string {
  const { original, data, freeDimensions } = state;
  const context = currentContext(state, originalId);
  const { name, sizeBytes } = original!.inspection.file;
  const judged = data && { key: data.evaluation.key, mapping: context?.mapping, split: context?.split };
  return JSON.stringify([name, sizeBytes, freeDimensions, judged]);
}

/** The candidate with the recipe of a variant; `undefined` where there is none, or it was never judged on data. */
export function searchedCandidate(state: WorkspaceState, variant: Pick<Variant, 'recipe'>): Candidate | undefined {
  const { search, original } = state;
  if (search === null || original === null || search.basis !== searchBasis(state)) return undefined;
  const found = search.candidates.find(({ recipe }) => sameRecipe(recipe, variant.recipe));
  return found?.loss?.inputs === 'data' ? found : undefined;
}
