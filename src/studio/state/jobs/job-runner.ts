/**
 * Starts, follows and ends jobs: the only place where the stores meet the workers' clients. One job at a time.
 * Every action returns once its job has ended; how it ended is in the stores, so callers need not catch anything.
 */
import { isParetoError } from '../../../engine/errors';
import type { Progress } from '../../../engine/progress';
import { endSentence } from '../../../engine/format';
import type { Jobs } from '../../jobs/jobs';
import { announce } from '../window/app-store';
import { describeOutcome } from './describe-outcome';
import { jobStore, type JobKind } from './job-store';

let jobs: Jobs | null = null;
let running: AbortController | null = null;

/** Called once at the start, before anything is rendered. */
export function provideJobs(provided: Jobs): void {
  jobs = provided;
}

export function currentJobs(): Jobs {
  if (jobs === null) throw new Error('provideJobs() was not called.');
  return jobs;
}

/** Wrapped by the browser, an abort arrives as a DOMException; by a worker's end, as the signal's reason. */
function isCancellation(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (error instanceof Error && error.name === 'AbortError');
}

export function sentenceOf(error: unknown): string {
  if (isParetoError(error)) return error.message;
  const detail = error instanceof Error ? error.message : String(error);
  return `Something in Pareto went wrong: ${endSentence(detail)} Try again; if it happens every time, report it with the file.`;
}

/** Ends the running job; its partial results stay. */
export function cancelJob(): void {
  if (running === null) return;
  jobStore.setState((state) => ({ job: state.job === null ? null : { ...state.job, cancelling: true } }));
  running.abort(new DOMException('Cancelled.', 'AbortError'));
}

export function reportProgress(progress: Progress): void {
  jobStore.setState((state) => (state.job === null ? state : { job: { ...state.job, progress } }));
}

export function dismissOutcome(): void {
  jobStore.setState({ outcome: null });
}

/**
 * Runs `work` as the job. A job that is still running is cancelled first: the newest wish counts.
 * Resolves to true when the work came to its end.
 */
export async function runJob(
  kind: JobKind,
  subject: string,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  cancelJob();
  const controller = new AbortController();
  running = controller;
  jobStore.setState({
    job: { kind, subject, startedAtMs: performance.now(), progress: null, pass: null, cancelling: false },
    cellRuns: {},
    outcome: null,
  });
  let outcome: ReturnType<typeof jobStore.getState>['outcome'] = null;
  try {
    await work(controller.signal);
  } catch (error) {
    outcome = isCancellation(error, controller.signal)
      ? { kind, end: 'cancelled', subject, message: '' }
      : { kind, end: 'failed', subject, message: sentenceOf(error) };
  }
  // A newer job has taken over: its state must not be touched.
  if (running === controller) {
    running = null;
    jobStore.setState({ job: null, cellRuns: {}, outcome });
    if (outcome !== null) {
      const { title, text } = describeOutcome(outcome);
      announce(`${title} ${text}`);
    }
  }
  return outcome === null;
}
