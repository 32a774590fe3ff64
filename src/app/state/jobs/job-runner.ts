/**
 * Starts, follows and ends jobs: the only place where the stores meet the workers' clients. `job-kinds.ts` states which
 * jobs may run side by side; the others wait for their turn. Every action returns once its job has ended; how it ended
 * is in the stores, so callers need not catch anything.
 */
import { isParetoError, messageOf } from '../../../engine/errors';
import type { Observation } from '../../../engine/passes/pass';
import type { Progress } from '../../../engine/progress';
import { endSentence } from '../../../engine/format';
import type { Jobs, RecipeProgress, RunningCall } from '../../jobs/jobs';
import { announce, appStore } from '../window/app-store';
import { describeOutcome, givesWay, laneOf, type JobKind, type JobOutcome } from './job-kinds';
import { currentJob, jobStore, type Job } from './job-store';
import { withObservations } from './live-curves';

let jobs: Jobs | null = null;

/** Sets the jobs. It is called once at the start, before anything is rendered. */
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
  const detail = messageOf(error);
  return `Pareto failed: ${endSentence(detail)} Try again. If it fails again, report it with the file.`;
}

/** The context of a job's work. It can be passed on to a worker's call directly, and the job then follows that call. */
export interface JobHandle {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress | RecipeProgress) => void;
  readonly onObservations: (observations: readonly Observation[]) => void;
  readonly onStart: (call: Pick<RunningCall, 'pause'>) => void;
}

interface Entry {
  readonly controller: AbortController;
  readonly work: (job: JobHandle) => Promise<void>;
  readonly ended: Promise<boolean>;
  readonly end: (completed: boolean) => void;
  call: Pick<RunningCall, 'pause'> | null;
  begun: boolean;
  /** `performance.now()` since when it is held. */
  heldSinceMs: number;
  /** It was held for another job, and goes on by itself. */
  gaveWay: boolean;
  /** A job that replaces it has taken over: how it ended is of no interest. */
  replaced: boolean;
}

const entries = new Map<number, Entry>();
let lastId = 0;

function changeJob(id: number, change: Partial<Job>): void {
  jobStore.setState((state) => ({ jobs: state.jobs.map((job) => (job.id === id ? { ...job, ...change } : job)) }));
}

/**
 * Runs `work` as a job, when its turn comes. Asked for again while it waits or runs (the same `key`) it is the same job.
 * Resolves to true when the work came to its end.
 */
export function runJob(
  kind: JobKind,
  subject: string,
  work: (job: JobHandle) => Promise<void>,
  key = `${kind}|${subject}`,
): Promise<boolean> {
  const known = jobOf(key);
  if (laneOf(kind) === 'replaces') endJobs((_, job) => job?.kind === kind);
  else if (known !== undefined) return entries.get(known.id)!.ended;
  const id = (lastId += 1);
  let end: Entry['end'] = () => undefined;
  const ended = new Promise<boolean>((resolve) => (end = resolve));
  const controller = new AbortController();
  entries.set(id, {
    controller,
    work,
    ended,
    end,
    call: null,
    begun: false,
    heldSinceMs: 0,
    gaveWay: false,
    replaced: false,
  });
  const initial = { progress: null, pass: null, curves: [], canceling: false, pausable: false };
  const job: Job = { id, kind, subject, key, phase: 'waiting', startedAtMs: performance.now(), ...initial };
  for (const other of jobStore.getState().jobs) {
    if (other.phase === 'running' && givesWay(other.kind) && !canRunBeside(job, other)) holdFor(other);
  }
  jobStore.setState((state) => ({ jobs: [...state.jobs, job] }));
  startNext();
  return ended;
}

/** A job that cannot be held makes the other wait. */
function holdFor({ id }: Job): void {
  pauseJob(id);
  const entry = entries.get(id)!;
  entry.gaveWay = entry.call !== null;
}

/** Jobs that gave way go on once nothing else runs or waits. */
function resumeHeld(): void {
  const { jobs: all } = jobStore.getState();
  if (all.some(({ phase }) => phase !== 'paused')) return;
  const held = all.find(({ id }) => entries.get(id)?.gaveWay === true);
  if (held !== undefined) resumeJob(held.id);
}

/** Waits or runs. */
function jobOf(key: string): Job | undefined {
  return jobStore.getState().jobs.find((job) => job.key === key && !job.canceling);
}

/** Ends all jobs when other work replaces theirs, without a notice. */
export function endAllJobs(): void {
  endJobs(() => true);
}

/** The same, by a job whose own work takes that place. */
export function endOtherJobs({ signal }: Pick<JobHandle, 'signal'>): void {
  endJobs(({ controller }) => controller.signal !== signal);
}

/** Ends these jobs because their time is over, without a notice. Their partial results stay. */
export function endJobsOf(isEnded: (job: Job) => boolean): void {
  endJobs((_, job) => job !== undefined && isEnded(job));
}

function endJobs(isEnded: (entry: Entry, job: Job | undefined) => boolean): void {
  // The newest first, so that a job that waits does not begin when the one before it ends.
  for (const [id, entry] of [...entries].reverse()) {
    if (!isEnded(entry, findJob(id))) continue;
    entry.replaced = true;
    cancelJob(id);
    settle(id, null);
  }
}

/** Ends a job, or takes it out of the queue; its partial results stay. Without an id it ends the job that is shown. */
export function cancelJob(id: number | null = currentJob(jobStore.getState())?.id ?? null): void {
  const entry = id === null ? undefined : entries.get(id);
  if (id === null || entry === undefined) return;
  changeJob(id, { canceling: true });
  entry.controller.abort(new DOMException('Canceled.', 'AbortError'));
  // The job has not begun, so there is no outcome to report.
  if (!entry.begun) settle(id, null);
}

/** Ends the job that was asked for by this key, where it waits or runs. */
export function cancelJobOf(key: string): void {
  const job = jobOf(key);
  if (job !== undefined) cancelJob(job.id);
}

/** Holds a job at its next checkpoint, which lets others that wait have their turn. */
export function pauseJob(id: number): void {
  const entry = entries.get(id);
  if (entry?.call == null) return;
  entry.call.pause(true);
  entry.heldSinceMs = performance.now();
  changeJob(id, { phase: 'paused' });
  startNext();
}

/** Lets a job go on, as soon as nothing runs that keeps it waiting. */
export function resumeJob(id: number): void {
  const entry = entries.get(id);
  if (entry !== undefined) entry.gaveWay = false;
  changeJob(id, { phase: 'waiting' });
  startNext();
}

export function dismissOutcome(): void {
  jobStore.setState({ outcome: null });
}

/** Starts all jobs that may start now, in the order of the queue. Short jobs come before all waiting ones. */
function startNext(): void {
  const { jobs: all } = jobStore.getState();
  const waiting = all.filter(({ phase }) => phase === 'waiting');
  const isShort = ({ kind }: Job): boolean => laneOf(kind) === 'short';
  const ordered = [...waiting.filter(isShort), ...waiting.filter((job) => !isShort(job))];
  for (const [place, job] of ordered.entries()) {
    const running = jobStore.getState().jobs.filter(({ phase }) => phase === 'running');
    // A waiting job keeps its place, so later jobs cannot overtake it endlessly.
    const before = ordered.slice(0, place).filter(({ id }) => !running.some((other) => other.id === id));
    if ([...running, ...before].every((other) => canRunBeside(job, other))) start(job);
  }
}

function canRunBeside(a: Job, b: Job): boolean {
  const lanes = [laneOf(a.kind), laneOf(b.kind)];
  if (lanes.includes('replaces')) return true;
  if (lanes.includes('measures')) return false;
  return lanes[0] !== 'long' || lanes[1] !== 'long';
}

function start({ id, kind, startedAtMs, pass }: Job): void {
  const entry = entries.get(id);
  if (entry === undefined) return;
  if (entry.begun) {
    const heldMs = performance.now() - entry.heldSinceMs;
    changeJob(id, {
      phase: 'running',
      startedAtMs: startedAtMs + heldMs,
      pass: pass && { ...pass, startedAtMs: pass.startedAtMs + heldMs },
    });
    entry.call?.pause(false);
    return;
  }
  entry.begun = true;
  jobStore.setState({ outcome: null, ...(laneOf(kind) === 'measures' && { cellRuns: {} }) });
  changeJob(id, { phase: 'running', startedAtMs: performance.now() });
  void follow(id, entry);
}

async function follow(id: number, entry: Entry): Promise<void> {
  const { signal } = entry.controller;
  try {
    await entry.work(handleOf(id, entry));
    settle(id, null, true);
  } catch (error) {
    const end = isCancellation(error, signal) ? 'canceled' : 'failed';
    settle(id, { end, message: end === 'failed' ? sentenceOf(error) : '' });
  }
}

/**
 * Messages within this time are drawn together. A page that drew each message would fall behind a worker if the machine
 * is busy.
 */
const updateDelayMs = 30;

function handleOf(id: number, entry: Entry): JobHandle {
  let pending: Partial<Job> = {};
  let observed: readonly Observation[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const update = (): void => {
    timer = undefined;
    const job = findJob(id);
    if (job === undefined) return;
    const curves = observed.length > 0 && { curves: withObservations(job.curves, observed) };
    changeJob(id, { ...pending, ...curves });
    [pending, observed] = [{}, []];
  };
  const updateSoon = (): void => {
    timer ??= setTimeout(update, updateDelayMs);
  };
  return {
    signal: entry.controller.signal,
    onProgress(progress) {
      pending = {
        ...pending,
        progress,
        ...('pass' in progress && { pass: passAtWork(progress, pending.pass ?? findJob(id)?.pass) }),
      };
      updateSoon();
    },
    onObservations(observations) {
      observed = [...observed, ...observations];
      updateSoon();
    },
    onStart(call) {
      entry.call = call;
      changeJob(id, { pausable: true });
    },
  };
}

function findJob(id: number): Job | undefined {
  return jobStore.getState().jobs.find((each) => each.id === id);
}

function passAtWork(progress: RecipeProgress, before: Job['pass'] | undefined): Job['pass'] {
  const { passTitle: title, passIndex: index, passCount: count, isPreparation = false, endCount = 0 } = progress;
  const startedAtMs = before?.index === index ? before.startedAtMs : performance.now();
  return { title, index, count, isPreparation, endCount, startedAtMs };
}

function settle(id: number, ending: Pick<JobOutcome, 'end' | 'message'> | null, completed = false): void {
  const entry = entries.get(id);
  const job = findJob(id);
  if (entry === undefined || job === undefined) return;
  entries.delete(id);
  const { kind, subject } = job;
  const { screen } = appStore.getState();
  const outcome = ending === null || entry.replaced ? null : { kind, subject, screen, ...ending };
  jobStore.setState((state) => ({
    jobs: state.jobs.filter((each) => each.id !== id),
    ...(laneOf(kind) === 'measures' && { cellRuns: {} }),
    ...(outcome && { outcome }),
  }));
  if (outcome !== null) {
    const { title, text } = describeOutcome(outcome);
    announce(`${title} ${text}`);
  }
  entry.end(completed);
  startNext();
  // Work that follows is asked for as soon as this one has ended.
  setTimeout(resumeHeld, 0);
}
