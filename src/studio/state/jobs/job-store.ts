/** The one job that runs, and what it has told so far. Measuring alone keeps the clock honest, so there is never a second. */
import { createStore } from 'zustand/vanilla';
import type { Progress } from '../../../engine/progress';
import type { CellKey } from '../workspace/workspace-store';

export type JobKind = 'open' | 'optimize' | 'benchmark' | 'download' | 'read-data' | 'evaluate' | 'measure-nodes';

export interface Job {
  readonly kind: JobKind;
  /** What it works on, for people: a file or recipe name. */
  readonly subject: string;
  /** `performance.now()` at the start. */
  readonly startedAtMs: number;
  readonly progress: Progress | null;
  /** Of a recipe: the pass at work. */
  readonly pass: { readonly id: string; readonly index: number; readonly count: number } | null;
  readonly cancelling: boolean;
}

export type CellRunState = 'waiting' | 'running' | 'cancelled';

export interface JobState {
  readonly job: Job | null;
  /** Cells of the benchmark in progress: their turn and their own progress. Emptied when it ends. */
  readonly cellRuns: Readonly<Record<CellKey, { readonly state: CellRunState; readonly progress: Progress | null }>>;
  /** Why the last job ended without a result: shown in its place until the next one starts. */
  readonly outcome: {
    readonly kind: JobKind;
    readonly end: 'cancelled' | 'failed';
    readonly subject: string;
    readonly message: string;
  } | null;
}

export const jobStore = createStore<JobState>(() => ({ job: null, cellRuns: {}, outcome: null }));

/** Milliseconds still to go, from the share done so far; `null` while that would be a guess. */
export function estimateRemainingMs(job: Job, nowMs: number): number | null {
  const share = shareDone(job);
  const elapsed = nowMs - job.startedAtMs;
  if (share < 0.05 || elapsed < 500) return null;
  return (elapsed / share) * (1 - share);
}

const verbs: Readonly<Record<JobKind, string>> = {
  open: 'Opening',
  optimize: 'Running',
  benchmark: 'Measuring',
  'read-data': 'Reading',
  evaluate: 'Evaluating',
  'measure-nodes': 'Measuring nodes of',
  download: 'Packing',
};

/** `Opening model.onnx` */
export function jobTitle({ kind, subject }: Job): string {
  return `${verbs[kind]} ${subject}`;
}

/** 0 to 1; 0 while nothing is known. */
export function shareOf(progress: Progress | null): number {
  return progress === null || progress.total <= 0 ? 0 : Math.min(1, progress.done / progress.total);
}

/** 0 to 1 over the whole job. */
export function shareDone({ progress, pass }: Job): number {
  const within = shareOf(progress);
  if (pass === null || pass.count <= 0) return within;
  return Math.min(1, (pass.index + within) / pass.count);
}
