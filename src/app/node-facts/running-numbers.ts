import type { JobKind } from '../state/jobs/job-kinds';
import { jobStore, shareDone } from '../state/jobs/job-store';
import type { NodeNumbers } from './node-metric';

type RunningNumbers = Extract<NodeNumbers, { readonly state: 'running' }>;

const latest = new Map<JobKind, RunningNumbers>();

/**
 * State of a number that a job is measuring. The object stays the same while the finished share does. `null`: no such
 * job runs.
 */
export function runningNumbers(kind: JobKind): RunningNumbers | null {
  const job = jobStore.getState().jobs.find((each) => each.kind === kind);
  if (job === undefined) return null;
  const fraction = shareDone(job);
  const known = latest.get(kind);
  if (known?.fraction === fraction) return known;
  const running: RunningNumbers = { state: 'running', fraction };
  latest.set(kind, running);
  return running;
}
