/**
 * Searches for speed. Stand-ins of all recipes are timed first. Only what is clearly faster is built, evaluated and timed, the most
 * promising first.
 */
import type { Candidate } from '../../engine/search/candidate';
import { rankForGoal } from '../../engine/search/recommend';
import { comparePromise, isWorthBuilding, overtaken } from '../../engine/search/stand-in';
import { trains } from '../../engine/search/techniques';
import { until, type SearchCourse } from './search-course';
import type { PrecisionMixture } from './mix-precision';
import type { CandidateSelection } from './select-candidates';
import type { CandidateTiming } from './time-candidates';
import type { StandInTiming } from './time-stand-ins';
import type { CandidateTrial } from './try-candidates';

/** A candidate is built and evaluated even if the original takes all of the time. */
const firstMs = 60_000;

export interface SearchParts {
  readonly trial: CandidateTrial;
  readonly selection: CandidateSelection;
  readonly timing: CandidateTiming;
  readonly mixture: PrecisionMixture;
}

export class FastSearch {
  readonly #course: SearchCourse;
  readonly #parts: SearchParts & { readonly standIns: StandInTiming };

  constructor(course: SearchCourse, parts: SearchParts & { readonly standIns: StandInTiming }) {
    this.#course = course;
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { standIns, trial, selection, timing, mixture } = this.#parts;
    const { time, request } = this.#course;
    await standIns.timeAll(until.standIns);
    if (!this.#course.candidates.some(isWorthBuilding)) await standIns.explain(until.evaluated);
    const isPlain = ({ recipe }: Candidate): boolean => !trains(recipe.steps);
    const options = {
      firstMs,
      compare: comparePromise,
      whyLeave: (candidate: Candidate) => this.#whyLeave(candidate),
      onScreened: (id: string) => this.#evaluate(id),
    };
    await trial.tryAll(until.finished, until.evaluated, {
      ...options,
      isTried: (candidate) => isWorthBuilding(candidate) && isPlain(candidate),
    });
    await selection.confirmBest();
    await trial.tryAll(until.compared, until.evaluated, { ...options, isTried: isWorthBuilding });
    if (request.data !== null) {
      const screened = this.#course.candidates.filter(({ stage }) => stage === 'screened');
      await selection.evaluateAll(screened, () => time.leftMs(until.compared));
    }
    await timing.timeAll();
    await mixture.mixAll();
    await timing.timeBest();
    await selection.confirmBest();
    await timing.confirmFastest();
    await standIns.timeSettings(until.settled);
    const isSaid = this.#course.recommendation().best !== null || this.#course.state.slowest !== undefined;
    if (!isSaid) await standIns.explain(until.settled);
  }

  /** Evaluates a candidate that was built, and times its file if it is within the limits. */
  async #evaluate(id: string): Promise<void> {
    const { selection, timing } = this.#parts;
    const { request, time } = this.#course;
    const isFirst = this.#course.candidates.every(({ loss }) => loss === undefined);
    const leastMs = isFirst ? request.goal.budgetMs * (1 - until.evaluated) : 0;
    if (request.data !== null) {
      const screened = this.#course.candidates.filter((each) => each.id === id && each.stage === 'screened');
      const leftMs = () => Math.max(time.leftMs(until.evaluated), leastMs);
      await selection.evaluateAll(screened, leftMs, isFirst ? { leastMs: firstMs } : {});
    }
    await timing.timeBest();
  }

  #whyLeave(candidate: Candidate): string | undefined {
    const { candidates, request } = this.#course;
    // The time of most is not known yet.
    const { latencyMs: _latencyMs, ...limits } = request.goal.limits;
    const evaluated = candidates.filter(({ loss, stage }) => loss !== undefined && stage !== 'failed');
    const within = new Set(rankForGoal(evaluated, { objective: 'size', limits }, Infinity).map(({ id }) => id));
    const tooFar = evaluated.filter(({ id }) => !within.has(id));
    return overtaken(candidate, { best: this.#course.recommendation().best, tooFar });
  }
}
