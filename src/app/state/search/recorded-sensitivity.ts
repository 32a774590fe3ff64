/** The sensitivity of layers that was measured, whole or in part, while it still holds. */
import type { Sensitivity } from '../../../engine/search/sensitivity';
import type { SensitivityTechnique } from '../../../engine/search/sensitivity-techniques';
import { workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { searchBasis } from './searched-candidate';

type TechniqueId = SensitivityTechnique['id'];

/** What it stands on, as text: with other data, to judge or to calibrate with, it is measured anew. */
export function sensitivityBasis(state: WorkspaceState): string {
  return JSON.stringify([searchBasis(state), state.data?.calibration?.key ?? null]);
}

export function recordSensitivity(id: TechniqueId, found: Sensitivity, basis: string): void {
  workspaceStore.setState(({ sensitivities }) => ({ sensitivities: { ...sensitivities, [id]: { found, basis } } }));
}

/** What is known of the original with the data set now, also of a measurement that was broken off; `null`: nothing. */
export function sensitivityOf(state: WorkspaceState, id: TechniqueId): Sensitivity | null {
  const recorded = state.sensitivities[id];
  return recorded !== undefined && state.original !== null && recorded.basis === sensitivityBasis(state)
    ? recorded.found
    : null;
}
