/** The state that the parts of a search share: request, time, made candidates and results so far. */
import { isUnfinished, type Candidate } from '../../engine/search/candidate';
import { recommend, type Recommendation } from '../../engine/search/recommend';
import { afterEvent, holdUnfinished, type SearchEvent, type SearchState } from '../../engine/search/search-journal';
import { timedOn } from '../../engine/search/search-goal';
import { firstTimingMs, type SearchPlan } from '../../engine/search/search-plan';
import { createPercentReporter } from '../../engine/percent-reporter';
import { MadeCandidates } from './made-candidates';
import type { SearchFollower, SearchHost, SearchRequest } from './search-request';
import { endShare, TimeBudget } from './time-budget';

/**
 * The share of the time at which each part must end. Some of the first candidates are evaluated and confirmed before the rest, so that
 * there is a recommendation early. Layers are measured last, for mixtures.
 */
export const until = {
  questioned: 0.2,
  /** A search for speed has timed the stand-ins of its candidates. */
  standIns: 0.45,
  /** Work that begins by then may take until `finished`. */
  made: 0.7,
  finished: 0.8,
  evaluated: 0.84,
  compared: 0.86,
  mixed: 0.92,
  confirmed: 0.95,
  /** Workers start before the clock of the search begins, so a person has waited longer than it shows. */
  settled: endShare,
} as const;

/** The most percent of progress that finished candidates and spent time can show before the search ends. */
const [mostOfCandidates, mostOfTime] = [80, 95];

export class SearchCourse {
  readonly host: SearchHost;
  readonly request: SearchRequest;
  readonly follower: SearchFollower;
  readonly time: TimeBudget;
  readonly made: MadeCandidates;
  readonly #reportPercent: (stage: string, percent: number) => void;
  #stage: string | null = null;
  #state: SearchState | null = null;
  #plan: SearchPlan | null = null;
  #reported: string | null = null;

  constructor(host: SearchHost, request: SearchRequest, follower: SearchFollower) {
    this.host = host;
    this.request = request;
    this.follower = follower;
    this.time = new TimeBudget(host.signal, request.goal.budgetMs);
    this.made = new MadeCandidates(host, request);
    this.#reportPercent = createPercentReporter(follower.progress);
  }

  /** Reports a stage. Its progress is the larger share of spent time and of finished candidates; verifying and timing follow these. */
  enter(stage: string): void {
    this.#stage = stage;
    const over = this.candidates.filter((candidate) => !isUnfinished(candidate)).length;
    const overPercent = (mostOfCandidates * over) / Math.max(1, this.candidates.length);
    this.#reportPercent(stage, Math.max(overPercent, Math.min(mostOfTime, 100 * this.time.spentShare)));
  }

  /** Reports the progress of the latest stage again, because time passes while a candidate is built. */
  tick(): void {
    if (this.#stage !== null) this.enter(this.#stage);
  }

  finish(): void {
    this.#stage = null;
    this.#reportPercent('Done', 100);
  }

  /** The state of a search that has begun. */
  get state(): SearchState {
    return this.#state!;
  }

  /** The plan, which is known once the original has run. */
  get plan(): SearchPlan {
    return this.#plan!;
  }

  set plan(plan: SearchPlan) {
    this.#plan = plan;
    if (plan.isSlow) this.time.reserve(firstTimingMs(this.request.goal.budgetMs, plan));
  }

  get candidates(): readonly Candidate[] {
    return this.#state?.candidates ?? [];
  }

  recommendation(): Recommendation {
    const { goal, originalBytes, samples } = this.state;
    return recommend(this.candidates, goal, originalBytes, samples.confirm > 0);
  }

  tell(event: SearchEvent): void {
    this.#state = afterEvent(this.#state, event);
    this.follower.event(event);
    if (this.request.reportsBest === true) this.#reportBest();
  }

  /** Reports the recommended candidate as a file, once each time that it changes. */
  #reportBest(): void {
    const { best } = this.recommendation();
    const model = best === null || best.id === this.#reported ? undefined : this.made.kept(best.id);
    if (best === null || model === undefined) return;
    this.#reported = best.id;
    this.follower.better?.({ kind: 'better', id: best.id, model });
  }

  /** Marks at the end the candidates that had no time. */
  leaveUnfinished(): void {
    for (const event of holdUnfinished(this.candidates)) this.tell(event);
  }

  leave(id: string, stage: 'eliminated' | 'held' | 'failed', reason: string): void {
    this.tell({ kind: 'left', id, stage, reason });
  }

  /**
   * Leaves a candidate that does not run on the timed provider. It may run on another provider, unless that is WASM,
   * which evaluates all.
   */
  leaveRefused(id: string, reason: string): void {
    const ep = timedOn(this.request.goal);
    this.tell({ kind: 'left', id, stage: 'failed', reason, ...(ep !== 'wasm' && { refusedBy: ep }) });
  }
}
