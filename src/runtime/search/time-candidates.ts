/** Times the best candidates in turns with the original. */
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import { ownTiming, timingOf, type Candidate } from '../../engine/search/candidate';
import { timedOn } from '../../engine/search/search-goal';
import { timingCellMs } from '../../engine/search/search-plan';
import { describeWrong } from '../../engine/search/techniques';
import { mustTime, toTime } from '../../engine/search/to-time';
import { formatProvider } from '../../engine/format';
import {
  originalId,
  type CellFailure,
  type CellResult,
  type Comparison,
  type ExecutionProvider,
} from '../../engine/metrics/cell';
import { ParetoError } from '../../engine/errors';
import { fewestPairs } from '../../engine/verdict/speed-verdict';
import { foreseeRefusal } from '../../engine/recipe/foresee-providers';
import { describeFailure } from '../session/failure';
import { measureCells } from '../benchmark/measure';
import { runReference, type Reference } from '../benchmark/reference-outputs';
import type { MeasureRequest } from '../benchmark/measure-request';
import { until, type SearchCourse } from './search-course';
import type { TimedInputs } from './timed-inputs';

export const mostTimed = 3;
/** Candidates that are timed again before one is recommended. */
const mostConfirmed = 3;
/** The runs of a cell: twelve pairs. */
const runsForNoise = 24;
/** The time of a cell that decides, in runs of the original: two sessions open, compare outputs, warm up, and run the fewest pairs twice. */
const runsToDecide = 40;
/** The most of all time, and of the time that is left, that such a cell takes. */
const [mostOfDeciding, mostOfLeft] = [1 / 3, 0.9];
/** The largest share of the time that is kept for timing the recommendation at the end. */
const mostReserved = 1 / 4;

type MeasuredVariant = MeasureRequest['variants'][number];

export class CandidateTiming {
  readonly #course: SearchCourse;
  /** Times on inputs from data, because a quantized model may give nonsense on random inputs. */
  readonly #inputs: TimedInputs;
  readonly #ep: ExecutionProvider;
  #originalMs: number | undefined;
  /** The noise floor of the original, which is measured once. */
  #noiseFloor: number | undefined;
  /** The original is first measured against itself, unless it is so slow that the few runs would be meaningless. */
  readonly #measuresNoise: boolean;
  readonly #warmMs: number;
  #reference: Reference | undefined;
  /** The early timing is tried once, even if it fails. */
  #isFirstTried = false;
  /** The time that the latest timing took for each candidate. */
  #msPerCandidate = 0;

  constructor(course: SearchCourse, inputs: TimedInputs, warmMsPerSample: number) {
    this.#course = course;
    this.#inputs = inputs;
    this.#warmMs = warmMsPerSample;
    this.#measuresNoise = runsForNoise * warmMsPerSample <= timingCellMs(course.request.goal.budgetMs);
    this.#ep = timedOn(course.request.goal);
  }

  /** Leaves candidates that cannot run on the timed provider, so that they are not made. */
  leaveWhatIsRefused(): void {
    for (const { id, recipe, stage } of this.#course.candidates) {
      const reason = stage === 'failed' ? undefined : foreseeRefusal(recipe, this.#ep, this.#course.host.webgpu);
      if (reason !== undefined) this.#course.leaveRefused(id, reason);
    }
  }

  /** Times all candidates that must be timed before a recommendation, while time is left. */
  async timeAll(): Promise<void> {
    for (let left = Infinity; mustTime(this.#found).length > 0 && toTime(this.#found).length < left;) {
      left = toTime(this.#found).length;
      await this.timeBest(until.mixed);
    }
  }

  get #found() {
    const { candidates, request } = this.#course;
    const { goal, opened } = request;
    return { candidates, goal, originalBytes: opened.originalBytes, originalMs: this.#originalMs };
  }

  /** True if enough time has passed to time the recommended candidate, too. */
  get isFirstDue(): boolean {
    return this.#course.time.spentMs >= this.#course.plan.firstTimedAtMs && this.isFirstWanted;
  }

  /** True if there is a recommendation, and no timing was tried yet. */
  get isFirstWanted(): boolean {
    const isAnyTimed = this.#course.candidates.some((candidate) => ownTiming(candidate) !== undefined);
    return !this.#isFirstTried && !isAnyTimed && this.#toTime().length > 0;
  }

  /** The one that is recommended so far, so that its speed stands beside its size early. Time for another one is reserved for the end. */
  async timeFirst(): Promise<void> {
    this.#isFirstTried = true;
    await this.#time(this.#toTime().slice(0, 1), until.settled);
    this.#course.time.reserve(Math.min(this.#msPerCandidate, this.#course.request.goal.budgetMs * mostReserved));
  }

  /** Times up to three candidates in turns with the original, four if speed is the goal, and fewer if time is short. */
  async timeBest(share: number = until.settled): Promise<void> {
    const affordable = Math.max(1, Math.floor(this.#course.time.leftMs(share) / Math.max(1, this.#msPerCandidate)));
    await this.#time(this.#toTime().slice(0, affordable), share);
  }

  /**
   * Times the recommended file again, in new sessions, while time is left, and keeps the second timing: the first selected it, and may
   * have been luck. If it is not faster this time, the next one is recommended, and timed again too.
   */
  async confirmFastest(): Promise<void> {
    for (const again = new Set<string>(); again.size < mostConfirmed;) {
      const { best } = this.#course.recommendation();
      if (best === null || again.has(best.id) || this.#course.time.leftMs(until.settled) < this.#msPerCandidate) return;
      again.add(best.id);
      await this.#time([best], until.settled);
    }
  }

  async #time(best: readonly Candidate[], share: number): Promise<void> {
    if (best.length === 0) return;
    await this.#course.time.within(share, async (signal) => {
      const variants: MeasuredVariant[] = [];
      for (const candidate of best) {
        variants.push({ id: candidate.id, files: (await this.#course.made.make(signal, candidate)).files });
      }
      await this.#course.host.exclusively(signal, () => this.#measure(signal, variants));
    });
  }

  /** The candidates to time. If speed is not the goal, the recommended one comes first. */
  #toTime(): readonly Candidate[] {
    const next = toTime(this.#found);
    if (this.#course.request.goal.objective === 'latency') return next.slice(0, mostTimed + 1);
    const { best } = this.#course.recommendation();
    const first = best === null || ownTiming(best) !== undefined ? [] : [best];
    return [...new Set([...first, ...next])].slice(0, mostTimed);
  }

  async #measure(signal: AbortSignal, variants: readonly MeasuredVariant[]): Promise<void> {
    const ep = this.#ep;
    const { original, opened, threads, goal, measuringSeed: seed = goal.seed } = this.#course.request;
    const measured = this.#measuresNoise && this.#noiseFloor === undefined ? [originalId] : [];
    const cells = [...measured, ...variants.map(({ id }) => id)].map((variant) => ({ variant, ep }));
    const results = new Map<string, CellResult>();
    const { sessions, now } = this.#course.host.measuring;
    const startedAtMs = performance.now();
    const { feeds, known, freeDimensions } = this.#inputs;
    const asked = { original, freeDimensions, feeds, threads, seed };
    const { inputs } = opened.inspection;
    this.#reference ??= await runReference(signal, sessions, { ...asked, known, inputs }, now);
    const settings = {
      ...asked,
      reference: this.#reference,
      ...this.#cellBudget(),
      ...(this.#noiseFloor !== undefined && { noiseFloors: new Map([[ep, this.#noiseFloor]]) }),
    } as const;
    await measureCells(signal, this.#course.host.measuring, { ...settings, variants, cells }, (event) => {
      if (event.kind === 'cell' || event.kind === 'comparison') this.#course.follower.measured?.(event);
      if (event.kind === 'cell') results.set(event.result.variant, event.result);
      this.#originalMs = results.get(originalId)?.steady.medianMs ?? this.#originalMs;
      if (event.kind === 'comparison') this.#recordTiming(results.get(event.comparison.variant), event.comparison);
      if (event.kind === 'failure' && (this.#noiseFloor !== undefined || results.has(originalId))) {
        this.#recordRefused(event.failure);
      }
      this.#course.enter('Measuring');
    });
    this.#msPerCandidate = (performance.now() - startedAtMs) / variants.length;
    // What is recommended for its speed is timed twice.
    const { isSlow } = this.#course.plan;
    if (goal.objective === 'latency' && !isSlow)
      this.#course.time.reserve(Math.min(this.#msPerCandidate, goal.budgetMs * mostReserved));
  }

  /** A cell is short. If speed is the goal and runs take long, it has time for enough pairs to decide. */
  #cellBudget(): Pick<MeasureRequest, 'budget' | 'mostCellMs' | 'fewestPairs'> {
    const { request, time } = this.#course;
    const { objective, budgetMs } = request.goal;
    const usualMs = timingCellMs(budgetMs);
    const decidingMs = runsToDecide * this.#warmMs;
    if (objective !== 'latency') return { budget: 'quick', mostCellMs: usualMs };
    const affordableMs = Math.min(budgetMs * mostOfDeciding, mostOfLeft * time.leftMs(until.settled));
    const mostCellMs = Math.max(usualMs, Math.min(decidingMs, affordableMs));
    // A quick cell would end after ten seconds.
    return { budget: decidingMs <= usualMs ? 'quick' : 'standard', mostCellMs, fewestPairs };
  }

  /** All candidates were evaluated on WASM, so a failure there is a lack of memory or time. */
  #recordRefused({ variant, message }: CellFailure): void {
    if (this.#ep !== 'wasm') this.#course.leaveRefused(variant, message);
  }

  #recordTiming(cell: CellResult | undefined, comparison: Comparison): void {
    if (cell === undefined) return;
    this.#noiseFloor = comparison.noiseFloor;
    this.#originalMs ??= comparison.original?.medianMs;
    this.#course.tell({ kind: 'timed', id: comparison.variant, timing: timingOf(cell, comparison) });
    if (!cell.outputMatch.valid) {
      const reason = cell.outputMatch.problem ?? `Its outputs are wrong on ${formatProvider(this.#ep)}.`;
      const candidate = this.#found.candidates.find(({ id }) => id === comparison.variant)!;
      this.#course.leaveRefused(comparison.variant, describeWrong(candidate, reason));
    }
  }
}

/**
 * Runs the original once on the timed provider, unless that is WASM, on which it has run. Throws `search/provider` if
 * it does not run, since nothing could be compared with it.
 */
export async function runWhereTimed(
  { host, request }: Pick<SearchCourse, 'host' | 'request'>,
  { feeds, freeDimensions }: { readonly feeds: Feeds; readonly freeDimensions: FreeDimensions },
): Promise<void> {
  const { original: files, threads, goal } = request;
  const ep = timedOn(goal);
  if (ep === 'wasm') return;
  try {
    const spec = { files, ep, threads, freeDimensions, profile: false };
    const session = await host.measuring.sessions.open(host.signal, spec);
    try {
      await session.run(feeds);
    } finally {
      session.close();
    }
  } catch (error) {
    host.signal.throwIfAborted();
    const message = `${describeFailure(error, 'The original', ep)} Choose another provider.`;
    throw new ParetoError('search/provider', message, { cause: error });
  }
}
