/** Evaluates candidates on the selection samples, and confirms the best on held-out samples. */
import { hasScoredLabels } from '../../engine/data/mapping/evaluation-problem';
import type { Candidate } from '../../engine/search/candidate';
import type { Loss } from '../../engine/verdict/loss';
import { toConfirm } from '../../engine/search/confirmations';
import { doubtOf } from '../../engine/metrics/accuracy-warnings';
import { fewestConfirming, lossOf } from '../../engine/search/loss';
import { describeWrong } from '../../engine/search/techniques';
import type { SearchPlan } from '../../engine/search/search-plan';
import type { SearchSplit } from '../../engine/search/split-evaluation';
import type { Evaluation } from '../../engine/metrics/evaluation';
import { matchGrade } from '../../engine/metrics/match-grade';
import type { CandidateEvaluation } from './evaluate-candidates';
import { until, type SearchCourse } from './search-course';

/** The most candidates that are checked in a row. Each that is not confirmed leaves less of the level to the next. */
export const mostConfirmed = 3;

/** The share of the time that the check of the labels may take before anything is recommended. */
const mostToQuestion = 1 / 10;

/** Warnings on fewer samples mean little. */
const fewestQuestioned = 64;

export class CandidateSelection {
  readonly #course: SearchCourse;
  readonly #split: SearchSplit;
  /** Samples that candidates are chosen by: all of that part, but of a slow model. */
  readonly #choosing: readonly number[];
  readonly #isSlow: boolean;
  readonly #evaluation: CandidateEvaluation;

  constructor(course: SearchCourse, split: SearchSplit, plan: SearchPlan, evaluation: CandidateEvaluation) {
    this.#course = course;
    this.#split = split;
    this.#choosing = split.search.slice(0, plan.searchSamples);
    this.#isSlow = plan.isSlow;
    this.#evaluation = evaluation;
  }

  /**
   * Checks with the original alone whether the labels contradict it, before time is spent on candidates. Its outputs
   * are kept for them. Does nothing without labels, or if an earlier search has checked them.
   */
  async questionLabels(): Promise<void> {
    const { time, request, state } = this.#course;
    if (request.data === null || !hasScoredLabels(request.data.mapping) || state.doubt !== undefined) return;
    // Sessions that start under load take longer than single runs foretell.
    const leftMs = Math.min(time.leftMs(until.questioned), request.goal.budgetMs * mostToQuestion);
    const shareMs = leftMs / 4;
    // On a slower model, the first evaluation checks the labels.
    if (this.#evaluation.affordable(leftMs) < fewestQuestioned) return;
    const count = Math.max(fewestQuestioned, this.#evaluation.affordable(shareMs));
    const samples = this.#split.search.slice(0, count);
    this.#course.enter('Evaluating the original');
    const original = await time.within(until.questioned, (signal) =>
      this.#evaluation.evaluateOriginal(signal, samples),
    );
    if (original === undefined) return;
    const probed = await time.within(until.questioned, (signal) =>
      this.#evaluation.probeOriginal(signal, samples, original, shareMs / 1000),
    );
    this.#reportDoubt(probed ?? original);
  }

  /** The time that one confirmation takes. */
  get confirmingMs(): number {
    if (this.#isSlow) return this.#evaluation.msFor(1, this.#choosing.length);
    const evaluated = this.#course.candidates.find(({ loss }) => loss !== undefined);
    return this.#evaluation.msFor(1, this.#leastConfirming(this.#split.confirm, evaluated));
  }

  /**
   * Evaluates candidates while time is left. The others keep their stage.
   * @param leastSamples with fewer, no candidate is evaluated.
   * @param leastMs the evaluation has at least so long once it has begun.
   */
  async evaluateAll(
    candidates: readonly Candidate[],
    leftMs: () => number,
    { leastSamples = 0, leastMs = 0 } = {},
  ): Promise<void> {
    const search = this.#choosing;
    const evaluation = this.#evaluation;
    const least = Math.min(leastSamples, search.length);
    const queue = [...candidates];
    while (queue.length > 0 && leftMs() > 0) {
      const all = evaluation.plan(queue.length, search.length, leftMs());
      const { evaluated, samples } = all.samples >= least ? all : evaluation.plan(1, search.length, leftMs());
      if (samples < least) return;
      const group = queue.splice(0, Math.min(evaluated, evaluation.together(search.length)));
      const run = (signal: AbortSignal) =>
        evaluation.evaluate(signal, group, search.slice(0, samples), () => this.#course.enter('Evaluating'));
      const found = await this.#course.time.within(until.settled, run, leastMs);
      if (found === undefined) return;
      this.#reportDoubt(found[0]!);
      for (const candidate of group) this.#evaluate(candidate, found);
    }
  }

  #reportDoubt(original: Evaluation): void {
    const doubt = doubtOf(original);
    if (doubt !== undefined && this.#course.state.doubt === undefined) this.#course.tell({ kind: 'doubted', doubt });
  }

  #evaluate(candidate: Candidate, found: readonly Evaluation[]): void {
    const { id } = candidate;
    const loss = this.#lossIn(candidate, found);
    if (loss === undefined) return;
    this.#course.tell({ kind: 'evaluated', id, loss });
    const own = found.find(({ variant }) => variant === id)!;
    if (own.outputMatch !== undefined && matchGrade(own.outputMatch) === 'wrong') {
      this.#course.leave(id, 'failed', describeWrong(candidate, own.outputMatch.problem));
    }
  }

  /** Checks the best candidates on held-out samples, down to the first that is confirmed. */
  async confirmBest(): Promise<void> {
    const { goal, opened } = this.#course.request;
    for (let left = mostConfirmed; left > 0; left--) {
      const untested = toConfirm(this.#course.candidates, goal, opened.originalBytes, this.#split.confirm.length);
      const [next] = untested;
      if (next === undefined || !(await this.confirm(next, Math.min(left, untested.length)))) return;
    }
  }

  /**
   * Evaluates a candidate on held-out samples; a planned one on all samples. Returns false without such samples or without time.
   * @param sharing so many that share the time.
   */
  async confirm(candidate: Candidate, sharing = 1): Promise<boolean> {
    const { confirm, search } = this.#split;
    const { time } = this.#course;
    if (confirm.length === 0) return false;
    const isPlanned = candidate.sequence !== undefined;
    const all = isPlanned ? [...confirm, ...search] : confirm;
    const { samples } = this.#evaluation.plan(sharing, all.length, time.leftMs(until.confirmed));
    // A slow model has no time for the number of samples that confirms a small loss. Fewer samples still show what is
    // likely.
    const enough = all.slice(0, this.#isSlow ? samples : Math.max(samples, this.#leastConfirming(all, candidate)));
    const found = await time.within(until.settled, (signal) =>
      this.#evaluation.evaluate(signal, [candidate], enough, () => this.#course.enter('Verifying on held-out samples')),
    );
    if (found === undefined) return false;
    const loss = this.#lossIn(candidate, found);
    if (loss !== undefined) {
      this.#course.tell({ kind: 'confirmed', id: candidate.id, loss: { ...loss, ...(isPlanned && { isPlanned }) } });
    }
    return true;
  }

  /** `undefined`: it could not be run, and is left. */
  #lossIn({ id, name }: Pick<Candidate, 'id' | 'name'>, found: readonly Evaluation[]): Loss | undefined {
    const own = found.find(({ variant }) => variant === id)!;
    const loss = lossOf(found[0]!, own, this.#course.state.doubt !== undefined);
    if (loss === undefined) this.#course.leave(id, 'failed', own.failure ?? `${name} could not be evaluated.`);
    return loss;
  }

  /** Fewer samples do not confirm even a candidate without loss, and then none after it in the sequence. */
  #leastConfirming(samples: readonly number[], candidate: Candidate | undefined): number {
    const needed =
      candidate?.loss === undefined ? 1 : fewestConfirming(candidate.loss, this.#course.request.goal.limits);
    return Math.min(samples.length, Math.max(128, needed));
  }
}
