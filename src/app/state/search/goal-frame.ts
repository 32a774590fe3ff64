/** The time that a goal has to make variants and to measure them. Its jobs end with it, and their results stay. The person is asked before it takes more time. */
import { createStore } from 'zustand/vanilla';
import type { GoalId } from '../../../engine/search/goals';
import { endJobsOf } from '../jobs/job-runner';
import { jobStore, type Job, type JobState } from '../jobs/job-store';
import type { JobKind } from '../jobs/job-kinds';
import type { Original } from '../workspace/workspace-store';

/** More time that a person is offered. */
export interface GoalOffer {
  readonly of: Original;
  readonly id: GoalId;
  readonly title: string;
  /** Sentences: the variant that is ready, and the rest, which needs more time. */
  readonly text: string;
  readonly moreMs: number;
}

interface GoalState {
  /** `performance.now()` at which the goal ends. `null`: none runs. */
  readonly endsAtMs: number | null;
  readonly offer: GoalOffer | null;
}

export const goalStore = createStore<GoalState>(() => ({ endsAtMs: null, offer: null }));

/** True once the time of the goal that runs is over. */
export function isGoalOver(): boolean {
  const { endsAtMs } = goalStore.getState();
  return endsAtMs !== null && performance.now() >= endsAtMs;
}

export function offerMore(offer: GoalOffer | null): void {
  goalStore.setState({ offer });
}

const kinds: ReadonlySet<JobKind> = new Set(['optimize', 'search', 'benchmark', 'evaluate']);

/** True for the jobs of a goal: it makes variants, and measures them. */
export function endsWithGoal({ kind }: Pick<Job, 'kind'>): boolean {
  return kinds.has(kind);
}

export class GoalFrame {
  static #latest: GoalFrame | undefined;
  readonly #known = new Set(jobStore.getState().jobs.map(({ id }) => id));
  /** The jobs that there were when the next goal began. Later ones are those of that goal. */
  #mostKnown: ReadonlySet<number> | undefined;
  readonly #budgetMs: number;
  readonly #unfollow: () => void;
  /** A job of the goal was ended because it took too long. */
  isLate = false;
  #endsAtMs = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The clock starts with the first job of the goal that runs, since other jobs may have to end first. */
  constructor(budgetMs: number) {
    if (GoalFrame.#latest !== undefined) GoalFrame.#latest.#mostKnown = this.#known;
    GoalFrame.#latest = this;
    this.#budgetMs = budgetMs;
    this.#unfollow = jobStore.subscribe((state) => this.#begin(state));
  }

  get leftMs(): number {
    return Math.min(this.#budgetMs, this.#endsAtMs - performance.now());
  }

  #begin({ jobs }: JobState): void {
    if (this.#timer !== undefined || !jobs.some((job) => this.#isOwn(job) && job.phase === 'running')) return;
    this.#endsAtMs = performance.now() + this.#budgetMs;
    this.#timer = setTimeout(() => this.stop((job) => this.#isOwn(job)), this.#budgetMs);
    goalStore.setState({ endsAtMs: this.#endsAtMs });
  }

  /** Ends these jobs, because their time is over. */
  stop(isEnded: (job: Job) => boolean): void {
    this.isLate ||= jobStore.getState().jobs.some(isEnded);
    endJobsOf(isEnded);
  }

  #isOwn(job: Job): boolean {
    return endsWithGoal(job) && !this.#known.has(job.id) && this.#mostKnown?.has(job.id) !== false;
  }

  end(): void {
    this.#unfollow();
    clearTimeout(this.#timer);
    if (goalStore.getState().endsAtMs === this.#endsAtMs) goalStore.setState({ endsAtMs: null });
  }
}
