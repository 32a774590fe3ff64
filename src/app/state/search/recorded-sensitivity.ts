/** The sensitivity of layers that was measured, whole or in part, while it still holds. */
import type { Sensitivity, SensitivityMetric } from '../../../engine/search/sensitivity';
import type { SensitivityTechnique } from '../../../engine/search/sensitivity-techniques';
import { changeDocument } from '../workspace/history';
import { withSensitivity } from '../workspace/kept-results';
import { workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { searchBasis } from './searched-candidate';

type TechniqueId = SensitivityTechnique['id'];

/** The basis of a measurement, as text. Other evaluation or calibration data requires a new measurement. */
export function sensitivityBasis(state: WorkspaceState): string {
  return JSON.stringify([searchBasis(state), state.data?.calibration?.key ?? null]);
}

/** One technique may be measured of several data, and in several orders: none takes the place of another. */
function keyOf(id: TechniqueId, { metric }: Pick<Sensitivity, 'metric'>, basis: string): string {
  return JSON.stringify([id, metric, basis]);
}

/** Records the results so far; `endSensitivity` keeps them. */
export function recordSensitivity(id: TechniqueId, found: Sensitivity, basis: string): void {
  workspaceStore.setState({ ongoingSensitivity: { key: keyOf(id, found, basis), found, basis } });
}

/** Keeps the measurements, whole or in part, as one undo step. */
export function endSensitivity(): void {
  const { ongoingSensitivity } = workspaceStore.getState();
  if (ongoingSensitivity === null) return;
  workspaceStore.setState({ ongoingSensitivity: null });
  changeDocument('Measure sensitivity', ({ sensitivities }) => withSensitivity(sensitivities, ongoingSensitivity));
}

/**
 * The measured sensitivity of the original with the current data, also of a measurement that was stopped; `null` if
 * there is none. Its order is the requested one, else the one that was measured last.
 */
export function sensitivityOf(
  state: WorkspaceState,
  id: TechniqueId,
  metric?: SensitivityMetric | null,
): Sensitivity | null {
  if (state.original === null) return null;
  const basis = sensitivityBasis(state);
  const { ongoingSensitivity: ongoing, sensitivities } = state;
  const all = [...(ongoing === null ? [] : [[ongoing.key, ongoing] as const]), ...Object.entries(sensitivities)];
  const known = all.flatMap(([key, { found, basis: own }]) =>
    own === basis && key === keyOf(id, found, basis) ? [found] : [],
  );
  return known.find((found) => found.metric === metric) ?? known[0] ?? null;
}
