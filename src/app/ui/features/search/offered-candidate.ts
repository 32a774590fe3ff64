import { findMade } from '../../../../engine/recipe/same-recipe';
import type { Candidate } from '../../../../engine/search/candidate';
import type { Variant } from '../../../state/workspace/workspace-store';

/** Offers no wrong candidate, and none that is a variant already. The best is a variant, unless the search was stopped before. */
export function isOffered(
  candidate: Candidate,
  variants: readonly Pick<Variant, 'id' | 'recipe' | 'fromFile'>[],
): boolean {
  return candidate.loss !== undefined && candidate.stage !== 'failed' && findMade(variants, candidate) === undefined;
}
