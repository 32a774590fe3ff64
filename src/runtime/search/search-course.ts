/** What the parts of a search share: what it was given, its time, what it makes, and what it has found so far. */
import type { Candidate } from '../../engine/search/candidate';
import { recommend, type Recommendation } from '../../engine/search/recommend';
import { afterEvent, type SearchEvent, type SearchState } from '../../engine/search/search-journal';
import { createPercentReporter } from '../benchmark/percent-reporter';
import { MadeCandidates } from './made-candidates';
import type { SearchFollower, SearchHost, SearchRequest } from './search-request';
import { TimeBudget } from './time-budget';

/**
 * Until which share of the time each part may go on. Of those that are tried first some are judged and confirmed before the rest
 * is judged: what is recommended is paid for first.
 */
export const until = { made: 0.45, judged: 0.65, mixed: 0.8, confirmed: 0.85, settled: 1 } as const;

export class SearchCourse {
  readonly host: SearchHost;
  readonly request: SearchRequest;
  readonly follower: SearchFollower;
  readonly time: TimeBudget;
  readonly made: MadeCandidates;
  readonly percent: (stage: string, percent: number) => void;
  #state: SearchState | null = null;

  constructor(host: SearchHost, request: SearchRequest, follower: SearchFollower) {
    this.host = host;
    this.request = request;
    this.follower = follower;
    this.time = new TimeBudget(host.signal, request.goal.budgetMs);
    this.made = new MadeCandidates(host, request);
    this.percent = createPercentReporter(follower.progress);
  }

  /** Of a search that has begun. */
  get state(): SearchState {
    return this.#state!;
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
  }

  leave(id: string, stage: 'eliminated' | 'held' | 'failed', reason: string): void {
    this.tell({ kind: 'left', id, stage, reason });
  }
}
