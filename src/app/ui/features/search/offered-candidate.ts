import { findMade } from '../../../../engine/recipe/same-recipe';
import type { Candidate } from '../../../../engine/search/candidate';
import type { Variant } from '../../../state/workspace/workspace-store';

/** What is wrong is never offered, and what is there need not be: the best, unless the search was broken off before. */
export function isOffered(
  candidate: Candidate,
  variants: readonly Pick<Variant, 'id' | 'recipe' | 'fromFile'>[],
): boolean {
  return candidate.loss !== undefined && candidate.stage !== 'failed' && findMade(variants, candidate) === undefined;
}
