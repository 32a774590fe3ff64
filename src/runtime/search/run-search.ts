/**
 * Runs a search. It makes candidates, screens them on a few samples, and evaluates promising ones on one part of the
 * data. It times them against the original, and confirms the best on another part.
 */
import { hasScoredLabels } from '../../engine/data/mapping/evaluation-problem';
import { withoutPadding } from '../../engine/data/mapping/unpadded-texts';
import type { Candidate } from '../../engine/search/candidate';
import { endingsOf } from '../../engine/metrics/output-kind';
import { planLadder } from '../../engine/search/ladder';
import { modelFacts } from '../../engine/search/model-facts';
import { withFound } from '../../engine/search/resume-search';
import { stopReasonOf, type SearchEvent, type SearchState } from '../../engine/search/search-journal';
import { refuseIdleLimits } from '../../engine/search/output-limits';
import { timedOn, type SearchGoal } from '../../engine/search/search-goal';
import { splitEvaluation, type SearchSplit } from '../../engine/search/split-evaluation';
import { planSearch, screeningMs, type SearchPlan } from '../../engine/search/search-plan';
import { techniques, trains } from '../../engine/search/techniques';
import { CandidateEvaluation } from './evaluate-candidates';
import { evaluatedClasses } from './evaluated-classes';
import { CandidateSelection } from './select-candidates';
import type { MadeCandidate } from './made-candidates';
import { FastSearch, type SearchParts } from './find-fast';
import { PrecisionMixture } from './mix-precision';
import { OutputReference } from './output-reference';
import { fewestSamples } from './plan-evaluation';
import { SearchCourse, until } from './search-course';
import type { SearchFollower, SearchHost, SearchRequest } from './search-request';
import { CandidateTiming, mostTimed, runWhereTimed } from './time-candidates';
import { StandInTiming } from './time-stand-ins';
import { readTimedInputs } from './timed-inputs';
import { CandidateTrial } from './try-candidates';

/** Techniques that take only a moment and need no data. */
const quickTechniques = new Set(techniques.flatMap(({ id, isQuick }) => (isQuick === true ? [id] : [])));

/**
 * The original alone may take all of the time on a busy machine. The first quick candidate is made, run and evaluated
 * nevertheless.
 */
const firstMs = 60_000;

/** A person sees how much time is left, also while one candidate is built for many seconds. */
const tickMs = 1_000;

/** Candidates that are evaluated before the best of them are confirmed. */
const evaluatedFirst = 3;

export interface FinishedSearch {
  readonly state: SearchState;
  /** The one that is recommended, as a file; `null` if none is. */
  readonly best: MadeCandidate | null;
}

/**
 * Runs a search until everything is tried or its time is over. All results are reported as events at once, so the
 * caller has them wherever the search ends. A candidate that cannot be made, run or kept is reported with the
 * reason, and the others continue. Rejects when the original cannot be run, on WASM or where it is timed, and with the signal's reason once aborted.
 */
export async function runSearch(
  host: SearchHost,
  request: SearchRequest,
  follower: SearchFollower,
): Promise<FinishedSearch> {
  const course = new SearchCourse(host, request, follower);
  const ticks = setInterval(() => course.tick(), tickMs);
  try {
    return await new Search(course).run();
  } finally {
    clearInterval(ticks);
  }
}

class Search {
  readonly #course: SearchCourse;

  constructor(course: SearchCourse) {
    this.#course = course;
  }

  async run(): Promise<FinishedSearch> {
    const { host, request, made, time } = this.#course;
    const { data, freeDimensions } = this.#evaluated();
    const isUnpadded = data?.mapping !== request.data?.mapping;
    const { original, threads } = request;
    this.#course.enter('Running the original');
    const split = await this.#split();
    const source = data === null ? null : { ...data, indices: split.search };
    const settings = {
      threads,
      freeDimensions,
      longestMs: screeningMs(request.goal.budgetMs, this.#onlyCompares),
      endings: endingsOf(request.opened.inspection.outputs),
    };
    const reference = await OutputReference.run(host, host.sessions, original, source, settings);
    const { feeds, known, outputs } = reference;
    const timed = await readTimedInputs(host, request, { feeds, known, isUnpadded }, split.search);
    await runWhereTimed(this.#course, { ...timed, feeds: timed.feeds?.[0] ?? reference.inputs[0]! });
    refuseIdleLimits(request.goal.limits, outputs);
    const plan = this.#planFor(split, reference);
    this.#course.plan = plan;
    this.#course.tell({ kind: 'begun', ...this.#begin(split), outputs });
    const timing = new CandidateTiming(this.#course, timed, reference.warmMsPerSample);
    timing.leaveWhatIsRefused();
    const evaluation = new CandidateEvaluation(host, { ...request, data, freeDimensions }, { made, reference, plan });
    const selection = new CandidateSelection(this.#course, split, plan, evaluation);
    await selection.questionLabels();
    const trial = new CandidateTrial(this.#course, reference);
    const mixture = new PrecisionMixture(this.#course, { reference, trial, selection });
    const parts = { trial, selection, timing, mixture };
    if (request.goal.objective === 'latency') {
      const standIns = new StandInTiming(this.#course, timed, timed.feeds?.[0] ?? reference.inputs[0]!);
      await new FastSearch(this.#course, { ...parts, standIns }).run();
    } else {
      await this.#tryFirst(parts, plan);
      if (data === null) await timing.timeBest();
      else await this.#decide(parts);
    }
    this.#course.leaveUnfinished();
    const { best } = this.#course.recommendation();
    const bestFile = best === null ? null : await made.make(host.signal, best);
    this.#course.finish();
    const reason = stopReasonOf(this.#course.state, time.leftMs());
    this.#course.tell({ kind: 'stopped', reason, spentMs: (request.from?.spentMs ?? 0) + time.spentMs });
    return { state: this.#course.state, best: bestFile };
  }

  /** The data on which candidates are evaluated. Calibration and timing use the user's mapping. */
  #evaluated(): Pick<SearchRequest, 'data' | 'freeDimensions'> {
    const { data, freeDimensions, opened } = this.#course.request;
    if (data === null) return { data, freeDimensions };
    const unpadded = withoutPadding({ mapping: data.mapping, freeDimensions }, [opened.inspection.inputs]);
    return { data: { ...data, mapping: unpadded.mapping }, freeDimensions: unpadded.freeDimensions };
  }

  /** True without labels: outputs are then compared, which the screening does as well as an evaluation. */
  get #onlyCompares(): boolean {
    const { data } = this.#course.request;
    return data !== null && !hasScoredLabels(data.mapping);
  }

  #planFor({ search }: SearchSplit, { warmMsPerSample: msPerSample, openMs, samples }: OutputReference): SearchPlan {
    const { goal, data } = this.#course.request;
    const available = { search: search.length, calibration: data?.calibration?.samples ?? 0 };
    const screenedSamples = this.#onlyCompares ? samples : 0;
    const isForSpeed = goal.objective === 'latency';
    return planSearch({ budgetMs: goal.budgetMs, msPerSample, openMs, screenedSamples, isForSpeed, available });
  }

  /**
   * Candidates that need no data come first. Each is evaluated as soon as it is made, so that there is an early
   * recommendation; then its speed is measured. The others follow; on a slow model there is no time to rank them before
   * they are evaluated. Training gets the time that is left once the others are evaluated, so that nothing else is lost
   * if it does not end.
   */
  async #tryFirst({ trial, selection, timing }: SearchParts, { isSlow, evaluatesAtOnce }: SearchPlan): Promise<void> {
    const { request } = this.#course;
    const { goal } = request;
    const isQuick = ({ id }: Candidate): boolean => quickTechniques.has(id);
    const evaluate = async (id: string): Promise<void> => {
      // Evaluations that take long follow in the order of promise, once something is recommended.
      if (!evaluatesAtOnce && this.#course.recommendation().best !== null) return;
      const screened = this.#course.candidates.filter((each) => each.id === id && each.stage === 'screened');
      const isFirst = this.#course.candidates.every(({ loss }) => loss === undefined);
      const leastMs = isFirst ? goal.budgetMs * (1 - until.evaluated) : 0;
      const leftMs = () => Math.max(this.#course.time.leftMs(until.evaluated), leastMs);
      await selection.evaluateAll(screened, leftMs, isFirst ? { leastMs: firstMs } : {});
    };
    const onScreened = request.data === null ? {} : { onScreened: evaluate };
    const undisturbed = { isDue: () => timing.isFirstDue, work: () => timing.timeFirst() };
    await trial.tryAll(until.compared, until.compared, {
      isTried: isQuick,
      firstMs,
      undisturbed,
      ...onScreened,
    });
    if (timing.isFirstWanted) await timing.timeFirst();
    const isPlain = ({ recipe }: Candidate) => !trains(recipe.steps);
    const others = { isTried: isPlain, undisturbed, ...(evaluatesAtOnce && onScreened) };
    const [begunBy, end] = isSlow ? [until.finished, until.evaluated] : [until.made, until.finished];
    await trial.tryAll(begunBy, end, others);
  }

  /** The plan of a search; if it continues another, with the earlier results. */
  #begin({ search, confirm }: SearchSplit): Omit<Extract<SearchEvent, { kind: 'begun' }>, 'kind'> {
    const { goal, data, opened, from, basis, keepsTimings = true } = this.#course.request;
    const calibrates = (data?.calibration ?? null) !== null;
    const facts = { ...modelFacts(opened.inspection, opened.originalBytes), calibrates };
    const ladder = planLadder(facts, goal, this.#course.plan);
    const samples = { search: search.length, confirm: confirm.length };
    const begun = { goal, basis, originalBytes: opened.originalBytes, samples, ...ladder };
    // An earlier version may have split the samples differently. A sample that selected then could confirm now.
    if (from === null || from.samples.search !== samples.search || from.samples.confirm !== samples.confirm)
      return begun;
    const candidates = withFound(ladder.candidates, from, { goal, keepsTimings });
    // The costs of layers stay. The goal decides which mixture keeps the limits.
    const measured = (id: string) => from.mixings?.find(({ technique }) => technique === id);
    const mixings = begun.mixings.map((each) => ({ ...measured(each.technique), ...each }));
    const doubt = from.doubt === undefined ? {} : { doubt: from.doubt };
    return { ...begun, candidates, mixings, spentMs: from.spentMs, ...doubt };
  }

  async #split(): Promise<SearchSplit> {
    const { host, request } = this.#course;
    const { data, goal } = request;
    if (data === null) return { search: [], confirm: [] };
    return splitEvaluation(data.indices, goal.seed, await evaluatedClasses(host, data));
  }

  /**
   * Evaluates the most promising candidates and confirms the best of them, until one is confirmed. Then it evaluates the rest, so that
   * all can be compared. Mixtures come last, because their layers are measured one by one.
   */
  async #decide({ trial, selection, timing, mixture }: SearchParts): Promise<void> {
    const { request, time } = this.#course;
    const timesFirst = request.goal.limits.latencyMs !== undefined;
    // Evaluations leave enough time to confirm.
    const leftMs = (share: number) => Math.max(time.leftMs(share) - selection.confirmingMs, time.leftMs(share) / 2);
    const queue = [...this.#promisingFirst()];
    // An earlier search may have evaluated all candidates and confirmed none.
    do {
      const group = queue.splice(0, timesFirst ? mostTimed + 1 : evaluatedFirst);
      await selection.evaluateAll(group, () => leftMs(until.evaluated));
      if (timesFirst) await timing.timeBest();
      await selection.confirmBest();
      if (this.#course.recommendation().best?.confirmed?.word === 'confirmed') break;
    } while (queue.length > 0 && time.leftMs(until.evaluated) > 0);
    const evaluateRest = (restMs: () => number) =>
      selection.evaluateAll(this.#promisingFirst(), restMs, { leastSamples: fewestSamples });
    const compared = timesFirst ? until.finished : until.compared;
    await evaluateRest(() => leftMs(compared));
    await trial.tryAll(compared);
    await evaluateRest(() => leftMs(compared));
    // Only timed candidates count as fast.
    if (timesFirst) await timing.timeAll();
    await selection.confirmBest();
    await mixture.mixAll();
    if (!timesFirst || this.#course.state.mixings?.length !== 0) await timing.timeBest();
    // The best candidate may not run on the timed provider.
    if (timesFirst || timedOn(request.goal) !== 'wasm') await selection.confirmBest();
    // Nothing is confirmed after this evaluation.
    await evaluateRest(() => time.leftMs(until.settled));
  }

  /** Screened candidates without an evaluation, the most promising first. */
  #promisingFirst(): readonly Candidate[] {
    return promisingFirst(this.#course.candidates, this.#course.request.goal);
  }
}

/** Outputs with a lower SQNR hardly ever keep the answers of the original. These candidates are evaluated last. */
const leastPromisingDb = 5;

function promisingFirst(candidates: readonly Candidate[], goal: SearchGoal): readonly Candidate[] {
  const { objective } = goal;
  const size = ({ sizeBytes = Infinity }: Candidate) => sizeBytes;
  const isFar = ({ screening }: Candidate) => Number((screening?.sqnrDb ?? Infinity) < leastPromisingDb);
  // All samples can confirm a planned candidate.
  const isChosen = ({ sequence }: Candidate) => Number(sequence === undefined);
  const keeps = ({ screening }: Candidate) => Number(!/^(identical|match)$/.test(screening?.grade ?? ''));
  return candidates
    .filter(({ stage }) => stage === 'screened')
    .toSorted(
      (a, b) =>
        isFar(a) - isFar(b) ||
        isChosen(a) - isChosen(b) ||
        (objective === 'accuracy' ? keeps(a) - keeps(b) : 0) ||
        size(a) - size(b),
    );
}
