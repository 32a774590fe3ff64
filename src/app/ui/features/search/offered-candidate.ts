import { findByRecipe } from '../../../../engine/recipe/same-recipe';
import type { Candidate } from '../../../../engine/search/candidate';
import type { Variant } from '../../../state/workspace/workspace-store';

/** What is wrong is never offered, and what is there need not be: the best, unless the search was broken off before. */
export function isOffered({ loss, stage, recipe }: Candidate, variants: readonly Pick<Variant, 'recipe'>[]): boolean {
  return loss !== undefined && stage !== 'failed' && findByRecipe(variants, recipe) === undefined;
}
