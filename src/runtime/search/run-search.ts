/**
 * The course of a search: candidates are made and screened on a few samples, those that are worth it judged on one part of the
 * data, timed against the original, and the best of them confirmed on another part.
 */
import { evaluatedClasses } from './evaluated-classes';
import { distanceOf, lossOf, lossOfMatch, screeningOf, confirmationOf } from '../../engine/search/loss';
import type { Candidate } from '../../engine/search/candidate';
import { planLadder } from '../../engine/search/ladder';
import { modelFacts } from '../../engine/search/model-facts';
import { rankForGoal, recommend } from '../../engine/search/recommend';
import { afterEvent, stopReasonOf, type SearchEvent, type SearchState } from '../../engine/search/search-journal';
import { splitEvaluation, type SearchSplit } from '../../engine/search/split-evaluation';
import { matchGrade } from '../../engine/metrics/match-grade';
import type { CellResult, Comparison } from '../../engine/metrics/cell';
import type { Evaluation } from '../../engine/metrics/evaluation';
import { evaluateAsMapped } from '../evaluation/evaluate-models';
import { measureCells } from '../benchmark/measure';
import { originalId, type MeasureRequest } from '../benchmark/measure-request';
import { createPercentReporter } from '../benchmark/percent-reporter';
import { describeFailure } from '../session/failure';
import { MadeCandidates, type MadeCandidate } from './made-candidates';
import { OutputReference } from './output-reference';
import type { SearchFollower, SearchHost, SearchRequest } from './search-request';
import { planEvaluation } from './plan-evaluation';
import { TimeBudget } from './time-budget';

/** Until which share of the time each part may go on. */
const until = { made: 0.45, judged: 0.6, confirmed: 0.85, settled: 1 } as const;

/** Candidates that are judged together: each holds a session, and the original runs once with each group. */
const mostTogether = 6;
const mostBytesTogether = 128_000_000;
const mostConfirmed = 3;
/** Where other samples contradict all of the best, the next ones have their turn. */
const confirmingRounds = 2;
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
  /** Of one model, as last seen. */
  #msPerSample = 0;

  constructor(host: SearchHost, request: SearchRequest, follower: SearchFollower) {
    this.#host = host;
    this.#request = request;
    this.#follower = follower;
    this.#time = new TimeBudget(host.signal, request.goal.budgetMs);
    this.#made = new MadeCandidates(host, request);
    this.#percent = createPercentReporter(follower.progress);
  }

  async run(): Promise<FinishedSearch> {
    const { goal, data, original, threads, freeDimensions } = this.#request;
    this.#percent('Running the original', 0);
    const split = await this.#split();
    const source = data === null ? null : { ...data, indices: split.search };
    const reference = await OutputReference.run(this.#host, this.#host.sessions, original, source, {
      threads,
      freeDimensions,
    });
    this.#msPerSample = reference.msPerSample;
    const { opened } = this.#request;
    const facts = {
      ...modelFacts(opened.inspection, opened.reencodedBytes),
      calibrates: (data?.calibration ?? null) !== null,
    };
    const samples = { search: split.search.length, confirm: split.confirm.length };
    const ladder = planLadder(facts, goal);
    this.#tell({ kind: 'begun', goal, originalBytes: opened.reencodedBytes, samples, ...ladder });
    await this.#makeAll(reference);
    if (data !== null) await this.#judgeAll(split);
    // What decides comes first: with little time left the other is done without.
    if (goal.objective === 'latency' || goal.limits.latencyMs !== undefined) {
      await this.#timeBest();
      await this.#confirmBest(split);
    } else {
      await this.#confirmBest(split);
      await this.#timeBest();
    }
    const { best } = recommend(this.#candidates, goal, opened.reencodedBytes);
    const made = best === null ? null : await this.#made.make(this.#host.signal, best);
    this.#percent('Done', 100);
    const reason = stopReasonOf(this.#state!, this.#time.leftMs());
    this.#tell({ kind: 'stopped', reason, spentMs: this.#time.spentMs });
    return { state: this.#state!, best: made };
  }

  get #candidates(): readonly Candidate[] {
    return this.#state?.candidates ?? [];
  }

  get #together(): number {
    const fitting = Math.floor(mostBytesTogether / this.#request.opened.originalBytes);
    return Math.max(1, Math.min(mostTogether, fitting));
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
    const planned = this.#candidates;
    const hashes = new Map<string, string>();
    for (const [index, candidate] of planned.entries()) {
      const from = (index / planned.length) * 50;
      this.#percent(`Trying ${candidate.name}`, from);
      // A model for which this share is too short has the next one too, rather than no candidate.
      const hasSome = this.#candidates.some(({ stage }) => stage === 'screened' || stage === 'judged');
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
      this.#tell({ kind: 'made', id, sizeBytes, macs });
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

  /** All that may still be chosen, on as many samples as there is time for. */
  async #judgeAll(split: SearchSplit): Promise<void> {
    const screened = this.#candidates
      .filter(({ stage }) => stage === 'screened')
      .toSorted((a, b) => distanceOf(a.screening!) - distanceOf(b.screening!));
    const { judged, samples } = planEvaluation(screened.length, split.search.length, {
      together: this.#together,
      msPerSample: this.#msPerSample,
      leftMs: this.#time.leftMs(until.judged),
    });
    for (const { id } of screened.slice(judged)) {
      this.#leave(id, 'held', 'There was no time to judge it, and others are nearer to the original.');
    }
    // Those whose bytes save most are judged first.
    const chosen = screened.slice(0, judged).toSorted((a, b) => a.sizeBytes! - b.sizeBytes!);
    const indices = split.search.slice(0, samples).toSorted((a, b) => a - b);
    const together = this.#together;
    for (let start = 0; start < chosen.length; start += together) {
      const group = chosen.slice(start, start + together);
      const share = start / chosen.length;
      const found = await this.#time.within(until.settled, (signal) =>
        this.#evaluate(signal, group, indices, (done) =>
          this.#percent('Judging', 50 + 25 * (share + (done * group.length) / chosen.length)),
        ),
      );
      for (const candidate of group) this.#judge(candidate, found);
    }
  }

  #judge({ id, name }: Candidate, found: readonly Evaluation[] | undefined): void {
    if (found === undefined) return this.#leave(id, 'held', 'There was no time to judge it.');
    const own = found.find(({ variant }) => variant === id)!;
    const loss = lossOf(found[0]!, own);
    if (loss === undefined) return this.#leave(id, 'failed', own.failure ?? `${name} could not be judged.`);
    this.#tell({ kind: 'judged', id, loss });
    if (own.outputMatch !== undefined && matchGrade(own.outputMatch) === 'wrong') {
      this.#leave(id, 'failed', own.outputMatch.problem ?? 'Its outputs are wrong.');
    }
  }

  /** The best on samples that nothing was chosen by; the next ones, while they are contradicted and there is time. */
  async #confirmBest(split: SearchSplit): Promise<void> {
    if (split.confirm.length === 0) return;
    for (let round = 0; round < confirmingRounds; round++) {
      const ranked = rankForGoal(this.#candidates, this.#request.goal, this.#request.opened.reencodedBytes);
      if (ranked.some(({ confirmed }) => confirmed !== undefined)) return;
      const best = ranked.slice(0, mostConfirmed);
      if (best.length === 0) return;
      const affordable = planEvaluation(best.length, split.confirm.length, {
        together: mostConfirmed,
        msPerSample: this.#msPerSample,
        leftMs: this.#time.leftMs(until.confirmed),
      });
      const indices = split.confirm.slice(0, affordable.samples).toSorted((a, b) => a - b);
      const found = await this.#time.within(until.settled, (signal) =>
        this.#evaluate(signal, best, indices, (done) => this.#percent('Confirming', 75 + 5 * (round + done))),
      );
      if (found === undefined) return;
      for (const { id } of best) this.#confirm(id, found);
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
      return rankForGoal(this.#candidates, { ...goal, limits }, opened.reencodedBytes).slice(0, mostTimed);
    }
    // A variant of any size may be faster.
    const fitting = rankForGoal(this.#candidates, { objective: 'size', limits }, Infinity);
    const byMacs = fitting.toSorted((a, b) => (a.macs ?? Infinity) - (b.macs ?? Infinity));
    const computesLess = byMacs.filter(({ recipe }) => recipe.steps.some(({ pass }) => !storageOnly.has(pass)));
    return [...new Set([...computesLess, ...byMacs])].slice(0, mostTimed + 1);
  }

  async #measure(signal: AbortSignal, variants: readonly MeasuredVariant[]): Promise<void> {
    const { original, ep, freeDimensions, threads, goal } = this.#request;
    const cells = [originalId, ...variants.map(({ id }) => id)].map((variant) => ({ variant, ep }));
    const results = new Map<string, CellResult>();
    let over = 0;
    const asked = { original, variants, cells, freeDimensions, threads, seed: goal.seed, budget: 'quick' } as const;
    await measureCells(signal, this.#host.measuring, asked, (event) => {
      if (event.kind === 'cell') results.set(event.result.variant, event.result);
      if (event.kind === 'comparison') this.#tellTiming(results.get(event.comparison.variant), event.comparison);
      if (event.kind === 'cell' || event.kind === 'failure') over++;
      this.#percent('Measuring', 85 + (14 * over) / cells.length);
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

  /** The original first. `onShare`: 0 to 1. */
  async #evaluate(
    signal: AbortSignal,
    candidates: readonly Candidate[],
    indices: readonly number[],
    onShare: (share: number) => void,
  ): Promise<readonly Evaluation[]> {
    const { original, data, threads, freeDimensions } = this.#request;
    const models = [{ id: originalId, files: original }];
    for (const candidate of candidates) {
      models.push({ id: candidate.id, files: (await this.#made.make(signal, candidate)).files });
    }
    const { dataset, mapping } = data!;
    const context = { signal, checkpoint: () => this.#host.checkpoint() };
    const startedMs = this.#time.spentMs;
    const found = await evaluateAsMapped(
      context,
      this.#host.sessions,
      { models, dataset, mapping, indices, ep: 'wasm', threads, freeDimensions },
      ({ done, total }) => onShare(done / Math.max(1, total)),
    );
    this.#msPerSample = (this.#time.spentMs - startedMs) / (indices.length * models.length);
    return found;
  }
}

const storageOnly = new Set(['simplify', 'quantize-weights', 'convert-float16']);
