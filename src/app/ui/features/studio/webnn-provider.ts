import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { selectAvailableProviders } from '../../../state/workspace/selectors';
import { cellKey, originalId, type WorkspaceState } from '../../../state/workspace/workspace-store';

/**
 * Providers in the order of how likely a model runs on them: a context for a neural processor often opens and then
 * supports few models.
 */
const byLikelihood = ['webnn-cpu', 'webnn-gpu', 'webnn-npu'] as const satisfies readonly ExecutionProvider[];

/**
 * The device type of the single WebNN tile: the fastest measured one. Without a measurement it is the likeliest one
 * that the device offers and that has not failed. `null` if it offers none, or has not been asked yet.
 */
export function webnnProvider(state: WorkspaceState): ExecutionProvider | null {
  const isIn = (results: object, ep: ExecutionProvider): boolean =>
    cellKey(state.selected, ep) in results || cellKey(originalId, ep) in results;
  const measured = byLikelihood.findLast((ep) => isIn(state.cells, ep));
  if (measured !== undefined) return measured;
  const available = selectAvailableProviders(state);
  const offered = byLikelihood.filter((ep) => available.includes(ep));
  return offered.find((ep) => !isIn(state.failures, ep)) ?? offered[0] ?? null;
}
