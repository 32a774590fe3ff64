/**
 * The course of a search: candidates are made and screened on a few samples, those that are worth it judged on one part of the
 * data, timed against the original, and the best of them confirmed on another part.
 */
import { evaluatedClasses } from './evaluated-classes';
import { doubtOf, lossOf, lossOfMatch, screeningOf, confirmationOf } from '../../engine/search/loss';
import type { Candidate } from '../../engine/search/candidate';
import { planLadder } from '../../engine/search/ladder';
import { modelFacts } from '../../engine/search/model-facts';
import { withFound } from '../../engine/search/resume-search';
import { rankForGoal, recommend, type Recommendation } from '../../engine/search/recommend';
import { afterEvent, stopReasonOf, type SearchEvent, type SearchState } from '../../engine/search/search-journal';
import type { SearchGoal } from '../../engine/search/search-goal';
import { splitEvaluation, type SearchSplit } from '../../engine/search/split-evaluation';
import { computesLess } from '../../engine/search/techniques';
import { matchGrade } from '../../engine/metrics/match-grade';
import type { CellResult, Comparison } from '../../engine/metrics/cell';
import type { Evaluation } from '../../engine/metrics/evaluation';
import { measureCells } from '../benchmark/measure';
import { originalId, type MeasureRequest } from '../benchmark/measure-request';
import { createPercentReporter } from '../benchmark/percent-reporter';
import { describeFailure } from '../session/failure';
import { CandidateEvaluation } from './evaluate-candidates';
import { MadeCandidates, type MadeCandidate } from './made-candidates';
import { OutputReference } from './output-reference';
import type { SearchFollower, SearchHost, SearchRequest } from './search-request';

import { TimeBudget } from './time-budget';

/**
 * Until which share of the time each part may go on. Of those that are tried first some are judged and confirmed before the rest
 * is judged: what is recommended is paid for first.
 */
const until = { made: 0.45, judged: 0.65, confirmed: 0.85, settled: 1 } as const;

/** So few are judged before the best of them are confirmed. */
const judgedFirst = 3;
const mostConfirmed = 3;
const mostTimed = 3;

export interface FinishedSearch {
  readonly state: SearchState;
  /** The one that is recommended, as a file; `null` where none is. */
  readonly best: MadeCandidate | null;
}

/**
 * Runs a search until everything is tried or its time is over. All that it finds is told as an event the moment it is
 * known, so whoever follows has all of it wherever the search ends. A candidate that cannot be made, run or kept is told with
 * its reason, and the others go on. Rejects when the original cannot be run, and with the signal's reason once aborted.
 */
export async function runSearch(
  host: SearchHost,
  request: SearchRequest,
  follower: SearchFollower,
): Promise<FinishedSearch> {
  return new Search(host, request, follower).run();
}

type MeasuredVariant = MeasureRequest['variants'][number];

class Search {
  readonly #host: SearchHost;
  readonly #request: SearchRequest;
  readonly #follower: SearchFollower;
  readonly #time: TimeBudget;
  readonly #made: MadeCandidates;
  readonly #percent: (stage: string, percent: number) => void;
  #state: SearchState | null = null;
  /** What is timed is what the data holds: a model quantized for it may answer nonsense to inputs that are made up. */
  #feeds: OutputReference['feeds'] = null;

  constructor(host: SearchHost, request: SearchRequest, follower: SearchFollower) {
    this.#host = host;
    this.#request = request;
    this.#follower = follower;
    this.#time = new TimeBudget(host.signal, request.goal.budgetMs);
    this.#made = new MadeCandidates(host, request);
    this.#percent = createPercentReporter(follower.progress);
  }

  async run(): Promise<FinishedSearch> {
    const { data, original, threads, freeDimensions } = this.#request;
    this.#percent('Running the original', 0);
    const split = await this.#split();
    const source = data === null ? null : { ...data, indices: split.search };
    const reference = await OutputReference.run(this.#host, this.#host.sessions, original, source, {
      threads,
      freeDimensions,
    });
    this.#feeds = reference.feeds;
    this.#tell({ kind: 'begun', ...this.#plan(split) });
    await this.#makeAll(reference);
    if (data === null) await this.#timeBest();
    else await this.#decide(split, new CandidateEvaluation(this.#host, this.#request, { made: this.#made, reference }));
    const { best } = this.#recommendation();
    const made = best === null ? null : await this.#made.make(this.#host.signal, best);
    this.#percent('Done', 100);
    const reason = stopReasonOf(this.#state!, this.#time.leftMs());
    this.#tell({ kind: 'stopped', reason, spentMs: (this.#request.from?.spentMs ?? 0) + this.#time.spentMs });
    return { state: this.#state!, best: made };
  }

  /** What is tried; of a search that goes on, with what it found. */
  #plan({ search, confirm }: SearchSplit): Omit<Extract<SearchEvent, { kind: 'begun' }>, 'kind'> {
    const { goal, data, opened, from, basis } = this.#request;
    const calibrates = (data?.calibration ?? null) !== null;
    const facts = { ...modelFacts(opened.inspection, opened.reencodedBytes), calibrates };
    const ladder = planLadder(facts, goal);
    const samples = { search: search.length, confirm: confirm.length };
    const begun = { goal, basis, originalBytes: opened.reencodedBytes, samples, ...ladder };
    if (from === null) return begun;
    const { keepsTimings = true } = this.#request;
    const candidates = withFound(ladder.candidates, from, { goal, keepsTimings });
    return { ...begun, candidates, spentMs: from.spentMs };
  }

  #recommendation(): Recommendation {
    const { goal, originalBytes, samples } = this.#state!;
    return recommend(this.#candidates, goal, originalBytes, samples.confirm > 0);
  }

  get #candidates(): readonly Candidate[] {
    return this.#state?.candidates ?? [];
  }

  #tell(event: SearchEvent): void {
    this.#state = afterEvent(this.#state, event);
    this.#follower.event(event);
  }

  #leave(id: string, stage: 'eliminated' | 'held' | 'failed', reason: string): void {
    this.#tell({ kind: 'left', id, stage, reason });
  }

  async #split(): Promise<SearchSplit> {
    const { data, goal } = this.#request;
    if (data === null) return { search: [], confirm: [] };
    return splitEvaluation(data.indices, goal.seed, await evaluatedClasses(this.#host, data));
  }

  async #makeAll(reference: OutputReference): Promise<void> {
    const planned = this.#candidates.filter(({ stage }) => stage === 'planned');
    const hashes = new Map(
      this.#candidates.flatMap(({ sha256, screening, name }) =>
        sha256 === undefined || screening === undefined ? [] : [[sha256, name] as const],
      ),
    );
    for (const [index, candidate] of planned.entries()) {
      this.#percent(`Trying ${candidate.name}`, (index / planned.length) * 45);
      // A model for which this share is too short has the next one too, rather than no candidate.
      const hasSome = this.#candidates.some(({ screening }) => screening !== undefined);
      const isOver = await this.#time.within(hasSome ? until.made : until.judged, async (signal) => {
        await this.#tryOne(signal, candidate, { reference, hashes });
        return false;
      });
      if (isOver === undefined) this.#leave(candidate.id, 'held', 'There was no time to make it.');
    }
  }

  async #tryOne(
    signal: AbortSignal,
    candidate: Candidate,
    { reference, hashes }: { readonly reference: OutputReference; readonly hashes: Map<string, string> },
  ): Promise<void> {
    const { id } = candidate;
    try {
      const { optimization, files } = await this.#made.make(signal, candidate);
      const { sizeBytes, sha256, macs } = optimization.variant;
      const refused = this.#whyNot(candidate, optimization, hashes);
      this.#tell({ kind: 'made', id, sizeBytes, sha256, macs });
      if (refused !== undefined) return this.#leave(id, 'eliminated', refused);
      hashes.set(sha256, candidate.name);
      const match = await reference.compare(signal, files);
      this.#tell({ kind: 'screened', id, screening: screeningOf(match) });
      const grade = matchGrade(match);
      if (grade === 'wrong' || grade === 'not-comparable') {
        return this.#leave(id, 'failed', match.problem ?? 'Its outputs are wrong.');
      }
      const loss = lossOfMatch(match);
      if (this.#request.data === null && loss !== undefined) this.#tell({ kind: 'judged', id, loss });
    } catch (error) {
      if (signal.aborted) throw error;
      this.#leave(id, 'failed', describeFailure(error, candidate.name, 'wasm'));
    }
  }

  /** Why it is not worth a run: a sentence. */
  #whyNot(
    { recipe }: Candidate,
    { passes, variant }: MadeCandidate['optimization'],
    hashes: ReadonlyMap<string, string>,
  ): string | undefined {
    const idle = passes.find(
      ({ id, changes }) => changes.length === 0 && (id !== 'simplify' || recipe.steps.length === 1),
    );
    if (idle !== undefined) return idle.refusals[0]?.reason ?? 'It changes nothing in this model.';
    const same = hashes.get(variant.sha256);
    if (same !== undefined) return `It gives the same file as ${same}.`;
    const { sizeBytes: limit } = this.#request.goal.limits;
    if (limit !== undefined && variant.sizeBytes > limit) return 'It is larger than the limit.';
    return undefined;
  }

  /**
   * Judges what looks best and confirms the best of that, until something is confirmed; then what is left, so that all can be
   * compared.
   */
  async #decide(split: SearchSplit, evaluation: CandidateEvaluation): Promise<void> {
    const { goal } = this.#request;
    const timesFirst = goal.objective === 'latency' || goal.limits.latencyMs !== undefined;
    const queue = [...promisingFirst(this.#candidates, goal)];
    // One that goes on may have judged all and confirmed nothing.
    do {
      const group = queue.splice(0, timesFirst ? mostTimed + 1 : judgedFirst);
      // What confirms is never spent on judging.
      const reserveMs = evaluation.msFor(1, leastConfirming(split.confirm));
      const leftMs = () => Math.max(this.#time.leftMs(until.judged) - reserveMs, this.#time.leftMs(until.judged) / 2);
      await this.#judgeAll(group, split.search, evaluation, leftMs);
      if (timesFirst) await this.#timeBest();
      await this.#confirmBest(split.confirm, evaluation);
      if (this.#recommendation().best?.confirmed?.word === 'confirmed') break;
    } while (queue.length > 0 && this.#time.leftMs(until.judged) > 0);
    if (!timesFirst) await this.#timeBest();
    await this.#judgeAll(queue, split.search, evaluation, () => this.#time.leftMs());
  }

  async #judgeAll(
    candidates: readonly Candidate[],
    search: readonly number[],
    evaluation: CandidateEvaluation,
    leftMs: () => number,
  ): Promise<void> {
    const queue = [...candidates];
    while (queue.length > 0) {
      const { judged, samples } = evaluation.plan(queue.length, search.length, leftMs());
      const group = queue.splice(0, Math.min(judged, evaluation.together(search.length)));
      const run = (signal: AbortSignal) =>
        evaluation.evaluate(signal, group, search.slice(0, samples), (done) =>
          this.#percent('Judging', 45 + 25 * done),
        );
      const found = leftMs() <= 0 ? undefined : await this.#time.within(until.settled, run);
      if (found !== undefined) this.#tellDoubt(found[0]!);
      for (const candidate of group) {
        if (found === undefined) this.#leave(candidate.id, 'held', 'There was no time to judge it.');
        else this.#judge(candidate, found);
      }
    }
  }

  #tellDoubt(original: Evaluation): void {
    const doubt = doubtOf(original);
    if (doubt !== undefined && this.#state!.doubt === undefined) this.#tell({ kind: 'doubted', doubt });
  }

  #judge({ id, name }: Candidate, found: readonly Evaluation[]): void {
    const own = found.find(({ variant }) => variant === id)!;
    const loss = lossOf(found[0]!, own);
    if (loss === undefined) return this.#leave(id, 'failed', own.failure ?? `${name} could not be judged.`);
    this.#tell({ kind: 'judged', id, loss });
    if (own.outputMatch !== undefined && matchGrade(own.outputMatch) === 'wrong') {
      this.#leave(id, 'failed', own.outputMatch.problem ?? 'Its outputs are wrong.');
    }
  }

  /** The best on samples that nothing was chosen by, down to the first that they have confirmed already. */
  async #confirmBest(confirm: readonly number[], evaluation: CandidateEvaluation): Promise<void> {
    const { goal, opened } = this.#request;
    const ranked = rankForGoal(this.#candidates, goal, opened.reencodedBytes);
    const known = ranked.findIndex(({ confirmed }) => confirmed?.word === 'confirmed');
    const wanted = ranked
      .slice(0, known < 0 ? undefined : known)
      .filter(({ confirmed }) => confirmed === undefined)
      .slice(0, mostConfirmed);
    for (const [index, candidate] of wanted.entries()) {
      if (confirm.length === 0) return;
      const { samples } = evaluation.plan(wanted.length - index, confirm.length, this.#time.leftMs(until.confirmed));
      const enough = Math.max(samples, leastConfirming(confirm));
      const found = await this.#time.within(until.settled, (signal) =>
        evaluation.evaluate(signal, [candidate], confirm.slice(0, enough), (done) =>
          this.#percent('Confirming', 70 + (10 * (index + done)) / wanted.length),
        ),
      );
      if (found === undefined) return;
      this.#confirm(candidate.id, found);
    }
  }

  #confirm(id: string, found: readonly Evaluation[]): void {
    const loss = lossOf(
      found[0]!,
      found.find(({ variant }) => variant === id)!,
    );
    if (loss === undefined) return;
    this.#tell({ kind: 'confirmed', id, loss, word: confirmationOf(loss, this.#request.goal.limits) });
  }

  async #timeBest(): Promise<void> {
    const best = this.#toTime();
    if (best.length === 0) return;
    await this.#time.within(until.settled, async (signal) => {
      const variants: MeasuredVariant[] = [];
      for (const candidate of best) {
        variants.push({ id: candidate.id, files: (await this.#made.make(signal, candidate)).files });
      }
      await this.#host.exclusively(signal, () => this.#measure(signal, variants));
    });
  }

  /** What would be chosen if it were fast enough. Where speed is the goal, what computes less or in integers comes first. */
  #toTime(): readonly Candidate[] {
    const { goal, opened } = this.#request;
    const { latencyMs: _latencyMs, ...limits } = goal.limits;
    if (goal.objective !== 'latency') {
      const ranked = rankForGoal(this.#candidates, { ...goal, limits }, opened.reencodedBytes);
      // The one that is recommended comes first.
      const { best } = this.#recommendation();
      const inOrder = [...new Set([...(best === null ? [] : [best]), ...ranked])];
      return inOrder.filter(({ timing }) => timing === undefined).slice(0, mostTimed);
    }
    // A variant of any size may be faster.
    const fitting = rankForGoal(this.#candidates, { objective: 'size', limits }, Infinity);
    const byMacs = fitting.toSorted((a, b) => (a.macs ?? Infinity) - (b.macs ?? Infinity));
    const untimed = byMacs.filter(({ timing }) => timing === undefined);
    return [...new Set([...untimed.filter(({ recipe }) => computesLess(recipe.steps)), ...untimed])].slice(
      0,
      mostTimed + 1,
    );
  }

  async #measure(signal: AbortSignal, variants: readonly MeasuredVariant[]): Promise<void> {
    const { original, ep, freeDimensions, threads, goal, measuringSeed: seed = goal.seed } = this.#request;
    const cells = [originalId, ...variants.map(({ id }) => id)].map((variant) => ({ variant, ep }));
    const results = new Map<string, CellResult>();
    let over = 0;
    const settings = { freeDimensions, feeds: this.#feeds, threads, seed, budget: 'quick' } as const;
    await measureCells(signal, this.#host.measuring, { ...settings, original, variants, cells }, (event) => {
      if (event.kind === 'cell' || event.kind === 'comparison') this.#follower.measured?.(event);
      if (event.kind === 'cell') results.set(event.result.variant, event.result);
      if (event.kind === 'comparison') this.#tellTiming(results.get(event.comparison.variant), event.comparison);
      if (event.kind === 'cell' || event.kind === 'failure') over++;
      this.#percent('Measuring', 80 + (15 * over) / cells.length);
    });
  }

  #tellTiming(cell: CellResult | undefined, comparison: Comparison): void {
    if (cell === undefined) return;
    const { ratio, interval, noiseFloor, verdict, variant: id } = comparison;
    const { medianMs, p95Ms } = cell.steady;
    this.#tell({ kind: 'timed', id, timing: { medianMs, p95Ms, ratio, interval, noiseFloor, verdict } });
    if (!cell.outputMatch.valid) {
      this.#leave(id, 'failed', cell.outputMatch.problem ?? `Its outputs are wrong on ${cell.ep}.`);
    }
  }
}

/** So many samples confirm at least: with fewer hardly any loss is told from none. */
function leastConfirming(confirm: readonly number[]): number {
  return Math.min(confirm.length, 128);
}

/** Outputs that are farther from the original's hardly ever keep its answers: they are judged last. */
const leastPromisingDb = 5;

/** What was screened and not judged, in the order in which it may win. */
function promisingFirst(candidates: readonly Candidate[], { objective }: SearchGoal): readonly Candidate[] {
  const size = ({ sizeBytes = Infinity }: Candidate) => sizeBytes;
  const macs = (candidate: Candidate) => (computesLess(candidate.recipe.steps) ? 0 : 1e18) + (candidate.macs ?? 1e17);
  const isFar = ({ screening }: Candidate) => Number((screening?.sqnrDb ?? Infinity) < leastPromisingDb);
  const keeps = ({ screening }: Candidate) => Number(!/^(identical|match)$/.test(screening?.grade ?? ''));
  return candidates
    .filter(({ stage }) => stage === 'screened')
    .toSorted(
      (a, b) =>
        isFar(a) - isFar(b) ||
        (objective === 'accuracy' ? keeps(a) - keeps(b) : 0) ||
        (objective === 'latency' ? macs(a) - macs(b) : 0) ||
        size(a) - size(b),
    );
}
