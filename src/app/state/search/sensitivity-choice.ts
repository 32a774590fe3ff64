/** A person's choices for the layers: the technique that is applied to each, and the metric that orders them. */
import { createStore } from 'zustand/vanilla';
import type { SensitivityMetric } from '../../../engine/search/sensitivity';
import {
  sensitivityTechnique,
  sensitivityTechniques,
  type SensitivityTechnique,
} from '../../../engine/search/sensitivity-techniques';
import type { WorkspaceState } from '../workspace/workspace-store';
import { sensitivityOf } from './recorded-sensitivity';

interface SensitivityChoice {
  /** `null`: nobody has chosen yet. */
  readonly technique: SensitivityTechnique['id'] | null;
  /** `null`: the metric that fits the outputs. */
  readonly metric: SensitivityMetric | null;
}

export const sensitivityChoiceStore = createStore<SensitivityChoice>(() => ({ technique: null, metric: null }));

export function chooseSensitivity(choice: Partial<SensitivityChoice>): void {
  sensitivityChoiceStore.setState(choice);
}

/** The chosen technique, else a stopped one, else a measured one, else the first. */
export function chosenTechnique(state: WorkspaceState, { technique }: SensitivityChoice): SensitivityTechnique {
  if (technique !== null) return sensitivityTechnique(technique);
  const measured = sensitivityTechniques.filter(({ id }) => sensitivityOf(state, id) !== null);
  const unfinished = measured.find(({ id }) => sensitivityOf(state, id)?.isOver === false);
  return unfinished ?? measured[0] ?? sensitivityTechniques[0]!;
}
