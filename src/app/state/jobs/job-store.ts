/** The jobs that run and those that wait for their turn, with their progress so far. */
import { createStore } from 'zustand/vanilla';
import type { Progress } from '../../../engine/progress';
import type { CellKey } from '../workspace/workspace-store';
import { jobKinds, laneOf, type JobKind, type JobOutcome } from './job-kinds';
import type { LiveCurve } from './live-curves';

export interface Job {
  readonly id: number;
  readonly kind: JobKind;
  /** The subject of the job, for people: a file or recipe name. */
  readonly subject: string;
  /** The key of the job. A second request with the same key is the same job. */
  readonly key: string;
  readonly phase: 'waiting' | 'running' | 'paused';
  /** It has begun in a worker that can hold it. */
  readonly pausable: boolean;
  /** `performance.now()` at the start, moved on by the time it was held. */
  readonly startedAtMs: number;
  readonly progress: Progress | null;
  /** The pass of a recipe at work, from 0; `count` while the variant is written. */
  readonly pass: PassAtWork | null;
  /** Curves that the pass at work shows. */
  readonly curves: readonly LiveCurve[];
  readonly canceling: boolean;
}

interface PassAtWork {
  readonly title: string;
  readonly index: number;
  readonly count: number;
  /** `performance.now()` at its start, moved on by the time it was held. */
  readonly startedAtMs: number;
  /** It prepares the model for others, which take longer. */
  readonly isPreparation: boolean;
  /** The number of passes at the end that take only a moment. */
  readonly endCount: number;
}

export type CellRunState = 'waiting' | 'running' | 'canceled';

export interface JobState {
  /** Jobs in the order in which they were requested. */
  readonly jobs: readonly Job[];
  /** Cells of the benchmark in progress: their turn and their own progress. Emptied when it ends. */
  readonly cellRuns: Readonly<Record<CellKey, { readonly state: CellRunState; readonly progress: Progress | null }>>;
  /** The reason why the last job ended without a result: shown in its place until the next one starts. */
  readonly outcome: JobOutcome | null;
}

export const jobStore = createStore<JobState>(() => ({ jobs: [], cellRuns: {}, outcome: null }));

/** The job to show if there is room for one: the running job, or the first that waits. */
export function currentJob({ jobs }: Pick<JobState, 'jobs'>): Job | null {
  const byPhase = (wanted: Job['phase']): Job | undefined => jobs.find(({ phase }) => phase === wanted);
  return byPhase('running') ?? byPhase('paused') ?? jobs[0] ?? null;
}

/** True while one of these kinds runs or waits. */
export function hasJob({ jobs }: Pick<JobState, 'jobs'>, ...kinds: readonly JobKind[]): boolean {
  return jobs.some(({ kind }) => kinds.includes(kind));
}

export function isIdle({ jobs }: Pick<JobState, 'jobs'>): boolean {
  return jobs.every(({ phase }) => phase === 'paused');
}

/** True while a clock runs that other work would falsify. */
export function isMeasuring({ jobs }: Pick<JobState, 'jobs'>): boolean {
  return jobs.some(({ kind, phase }) => phase === 'running' && laneOf(kind) === 'measures');
}

/**
 * Milliseconds still to go; `null` while that would be a guess. The current pass of a recipe is estimated by its own pace, because passes
 * differ widely. Later passes, except finishing ones, are estimated by the mean of the earlier ones.
 */
export function estimateRemainingMs(job: Job, nowMs: number): number | null {
  const { pass, startedAtMs } = job;
  if (pass === null || pass.index >= pass.count) return remainingMs(shareDone(job), nowMs - startedAtMs);
  const own = remainingMs(shareOf(job.progress), nowMs - pass.startedAtMs);
  const later = Math.max(0, pass.count - pass.endCount - pass.index - 1);
  if (own === null || (later > 0 && pass.isPreparation)) return null;
  return own + later * ((nowMs - startedAtMs + own) / (pass.index + 1));
}

function remainingMs(share: number, elapsedMs: number): number | null {
  if (share < 0.05 || elapsedMs < 500) return null;
  return (elapsedMs / share) * (1 - share);
}

/** `Opening model.onnx` */
export function jobTitle({ kind, subject }: Job): string {
  return `${jobKinds[kind].verb} ${subject}`;
}

/** 0 to 1; 0 while nothing is known. */
export function shareOf(progress: Progress | null): number {
  return progress === null || progress.total <= 0 ? 0 : Math.min(1, progress.done / progress.total);
}

/**
 * The time to write the variant, as a share of a pass. It is short compared with a pass that searches or trains, and is
 * never a whole part of the bar.
 */
const writingShare = 0.05;

/** 0 to 1 over the whole job. */
export function shareDone({ progress, pass }: Job): number {
  const within = shareOf(progress);
  if (pass === null) return within;
  const isWritten = pass.index >= pass.count;
  if (isWritten) return Math.min(1, (pass.count + within * writingShare) / (pass.count + writingShare));
  const longCount = pass.count - pass.endCount || pass.count;
  return Math.min(longCount, pass.index + within) / (longCount + writingShare);
}
