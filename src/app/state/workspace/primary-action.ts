/** What to do next with the work. Pure. */
import { matchGrade } from '../../../engine/metrics/match-grade';
import { searchedCandidate } from '../search/searched-candidate';
import { hasStaleCells, isRecipeStale, isUnchanged, selectMeasuredProviders, selectSelectedVariant } from './selectors';
import type { Variant, WorkspaceState } from './workspace-store';

/** `none`: the next step is offered elsewhere (what to try when nothing could be changed). */
export type PrimaryAction = 'find' | 'run' | 'benchmark' | 'download' | 'none';

/** What was found wrong is never offered as the next thing to have. */
function isWrong({ cells }: WorkspaceState, variantId: string): boolean {
  return Object.values(cells).some(
    ({ variant, outputMatch }) => variant === variantId && matchGrade(outputMatch) === 'wrong',
  );
}

/** A search has judged it, and checked it on other samples. */
function isRecommended(state: WorkspaceState, variant: Variant): boolean {
  const found = searchedCandidate(state, variant)?.confirmed;
  return found !== undefined && found.word !== 'contradicted';
}

/** The one filled button: the next sensible thing to do. */
export function selectPrimaryAction(state: WorkspaceState): PrimaryAction {
  const variant = selectSelectedVariant(state);
  if (variant === null) return 'find';
  if (isRecipeStale(state)) return 'run';
  if (isUnchanged(variant)) return 'none';
  if (isWrong(state, variant.id)) return 'none';
  if (isRecommended(state, variant)) return 'download';
  const measured = selectMeasuredProviders(state, variant.id);
  if (measured.length === 0 || hasStaleCells(state)) return 'benchmark';
  return 'download';
}
