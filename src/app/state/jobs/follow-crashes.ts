/** Reports the jobs of a tab that crashed, and marks the jobs of this one. */
import { clearRunning, markRunning, takeCrash } from '../../platform/job-mark';
import { notify } from '../window/app-store';
import { jobKinds } from './job-kinds';
import { jobStore, type Job } from './job-store';

export async function followCrashes(): Promise<void> {
  const crashed = takeCrash();
  let marked: string | null = null;
  const mark = (jobs: readonly Job[]): void => {
    const job = jobs.find(({ phase, canceling }) => phase === 'running' && !canceling);
    const what = job === undefined ? null : `${jobKinds[job.kind].verb.toLowerCase()} ${job.subject}`;
    if (what === marked) return;
    marked = what;
    if (what === null) clearRunning();
    else markRunning(what);
  };
  window.addEventListener('pagehide', () => clearRunning());
  const what = await crashed;
  jobStore.subscribe(({ jobs }) => mark(jobs));
  mark(jobStore.getState().jobs);
  if (what === null) return;
  notify(
    `This tab ended while ${what}, probably out of memory. Close other tabs, or use a smaller batch or smaller dimensions.`,
    { kind: 'problem' },
  );
}
