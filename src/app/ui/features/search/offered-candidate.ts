import { findByRecipe } from '../../../../engine/recipe/same-recipe';
import type { Candidate } from '../../../../engine/search/candidate';
import type { Variant } from '../../../state/workspace/workspace-store';

/** Offers no wrong candidate, and none that is a variant already. The best is a variant, unless the search was stopped before. */
export function isOffered({ loss, stage, recipe }: Candidate, variants: readonly Pick<Variant, 'recipe'>[]): boolean {
  return loss !== undefined && stage !== 'failed' && findByRecipe(variants, recipe) === undefined;
}
