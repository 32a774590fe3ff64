/** The next action for the work. Pure. */
import { primaryAction, type PrimaryAction } from '../../../engine/verdict/primary-action';
import { selectSelectedVariant, selectVariantById } from '../workspace/selectors';
import type { Variant, WorkspaceState } from '../workspace/workspace-store';
import { isDataDoubted, standingOf } from './advisor-facts';

/** The one filled button: the next sensible thing to do. */
export function selectPrimaryAction(state: WorkspaceState): PrimaryAction {
  return primaryActionOf(state, selectSelectedVariant(state));
}

/** The link of a report is its filled action only if the variant may be downloaded so too. */
export function isPassedOnFirst(state: WorkspaceState, variantId: string | undefined): boolean {
  const variant = selectVariantById(state, variantId ?? '');
  return variant !== null && primaryActionOf(state, variant) === 'download';
}

function primaryActionOf(state: WorkspaceState, variant: Variant | null): PrimaryAction {
  return primaryAction(variant === null ? null : standingOf(state, variant), isDataDoubted(state));
}
