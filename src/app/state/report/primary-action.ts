/** Selects the next action for the work. Pure. */
import { isFarOff, usualLoss } from '../../../engine/advisor/advice';
import { isDataDoubted, lossOf, variantFacts } from './advisor-facts';
import { searchedCandidate } from '../search/searched-candidate';
import { isRecipeStale } from '../recipe/made-by';
import {
  hasStaleCells,
  isFoundWrong,
  isUnchanged,
  selectMeasuredProviders,
  selectSelectedVariant,
} from '../workspace/selectors';
import type { Variant, WorkspaceState } from '../workspace/workspace-store';

/** `none`: the advice over the figures says what to do instead. */
export type PrimaryAction = 'find' | 'run' | 'benchmark' | 'download' | 'none';

/** True if its confirmed loss exceeds the limit of the search, or the default limit without a search. */
function isLossy(state: WorkspaceState, variant: Variant): boolean {
  const loss = lossOf(state, variant);
  return loss !== undefined && loss.least > (state.search?.goal.limits.accuracyLoss ?? usualLoss);
}

/** A search has evaluated it, and verified it on held-out samples. */
function isRecommended(state: WorkspaceState, variant: Variant): boolean {
  const found = searchedCandidate(state, variant)?.confirmed;
  return found !== undefined && found.word !== 'contradicted';
}

/** The one filled button: the next sensible thing to do. */
export function selectPrimaryAction(state: WorkspaceState): PrimaryAction {
  const variant = selectSelectedVariant(state);
  if (variant === null) return isDataDoubted(state) ? 'none' : 'find';
  if (isRecipeStale(state)) return 'run';
  if (isUnchanged(variant)) return 'none';
  // A variant that was found wrong is never offered as the next step.
  if (isFoundWrong(state, variant.id)) return 'none';
  // The proposal stands beside the doubted data.
  if (isDataDoubted(state)) return 'none';
  if (isRecommended(state, variant)) return 'download';
  const facts = variantFacts(state, variant);
  if (isLossy(state, variant) || isFarOff(facts) || facts.doubt !== undefined) return 'none';
  const measured = selectMeasuredProviders(state, variant.id);
  if (measured.length === 0 || hasStaleCells(state)) return 'benchmark';
  return 'download';
}
