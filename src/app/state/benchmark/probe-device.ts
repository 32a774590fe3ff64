import { currentJobs } from '../jobs/job-runner';
import { workspaceStore } from '../workspace/workspace-store';
import { recordDevice } from '../workspace/measurement-actions';

let probe: Promise<void> | null = null;

/** Asks the device once what it offers. Harmless to repeat, also while it is being asked. */
export function probeDevice(): Promise<void> {
  if (workspaceStore.getState().device !== null) return Promise.resolve();
  probe ??= currentJobs()
    .benchmarks.probe({ signal: new AbortController().signal })
    .then(recordDevice)
    .finally(() => (probe = null));
  return probe;
}
