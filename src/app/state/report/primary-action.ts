/** The next action for the work. Pure. */
import { primaryAction, type PrimaryAction } from '../../../engine/verdict/primary-action';
import { selectSelectedVariant } from '../workspace/selectors';
import type { WorkspaceState } from '../workspace/workspace-store';
import { isDataDoubted, standingOf } from './advisor-facts';

/** The one filled button: the next sensible thing to do. */
export function selectPrimaryAction(state: WorkspaceState): PrimaryAction {
  const variant = selectSelectedVariant(state);
  return primaryAction(variant === null ? null : standingOf(state, variant), isDataDoubted(state));
}
