/** The sensitivity of layers, kept by the files that it was measured of. */
import { createStore } from 'zustand/vanilla';
import type { Sensitivity } from '../../../engine/search/sensitivity';
import type { ModelFiles } from '../../jobs/jobs';
import { workspaceStore } from '../workspace/workspace-store';
import { searchBasis } from './searched-candidate';

export interface RecordedSensitivity {
  readonly found: readonly Sensitivity[];
  /** What it stands on: with other data it is measured anew. */
  readonly basis: string;
}

const recorded = new WeakMap<ModelFiles, RecordedSensitivity>();

/** Tells that something was measured. */
export const sensitivityStore = createStore<{ readonly measurements: number }>(() => ({ measurements: 0 }));

export function recordSensitivity(files: ModelFiles, measured: RecordedSensitivity): void {
  recorded.set(files, measured);
  sensitivityStore.setState(({ measurements }) => ({ measurements: measurements + 1 }));
}

/** What was measured of these files with the data set now; `null`: nothing. */
export function sensitivityOf(files: ModelFiles | null): RecordedSensitivity | null {
  const found = files === null ? undefined : recorded.get(files);
  const state = workspaceStore.getState();
  return found !== undefined && state.original !== null && found.basis === searchBasis(state) ? found : null;
}
