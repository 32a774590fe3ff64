/** Times the best candidates in turns with the original. */
import type { Candidate } from '../../engine/search/candidate';
import { rankForGoal } from '../../engine/search/recommend';
import { compareForSpeed, turnForSpeed } from '../../engine/search/techniques';
import type { CellResult, Comparison } from '../../engine/metrics/cell';
import { measureCells } from '../benchmark/measure';
import { originalId, type MeasureRequest } from '../benchmark/measure-request';
import type { OutputReference } from './output-reference';
import { until, type SearchCourse } from './search-course';

export const mostTimed = 3;

type MeasuredVariant = MeasureRequest['variants'][number];

export class CandidateTiming {
  readonly #course: SearchCourse;
  /** What is timed is what the data holds: a model quantized for it may answer nonsense to inputs that are made up. */
  readonly #feeds: OutputReference['feeds'];

  constructor(course: SearchCourse, { feeds }: Pick<OutputReference, 'feeds'>) {
    this.#course = course;
    this.#feeds = feeds;
  }

  /** All that may be faster and keeps what is asked for, as far as time allows. */
  async timeAll(): Promise<void> {
    for (let left = Infinity; this.#fasterUntimed > 0 && this.#fasterUntimed < left;) {
      left = this.#fasterUntimed;
      await this.timeBest(until.mixed);
    }
  }

  get #fasterUntimed(): number {
    return this.#toTime(Infinity).filter(({ recipe }) => turnForSpeed(recipe.steps) < 2).length;
  }

  /** Up to three in turns with the original, four where speed is the goal. */
  async timeBest(share: number = until.settled): Promise<void> {
    const best = this.#toTime();
    if (best.length === 0) return;
    await this.#course.time.within(share, async (signal) => {
      const variants: MeasuredVariant[] = [];
      for (const candidate of best) {
        variants.push({ id: candidate.id, files: (await this.#course.made.make(signal, candidate)).files });
      }
      await this.#course.host.exclusively(signal, () => this.#measure(signal, variants));
    });
  }

  /** What would be chosen if it were fast enough. Where speed is the goal, what computes less or in integers comes first. */
  #toTime(most: number = this.#most): readonly Candidate[] {
    const { goal, opened } = this.#course.request;
    const { latencyMs: _latencyMs, ...limits } = goal.limits;
    if (goal.objective !== 'latency') {
      const ranked = rankForGoal(this.#course.candidates, { ...goal, limits }, opened.reencodedBytes);
      // The one that is recommended comes first.
      const { best } = this.#course.recommendation();
      const inOrder = [...new Set([...(best === null ? [] : [best]), ...ranked])];
      return inOrder.filter(({ timing }) => timing === undefined).slice(0, most);
    }
    // A variant of any size may be faster.
    const fitting = rankForGoal(this.#course.candidates, { objective: 'size', limits }, Infinity);
    return fitting
      .filter(({ timing }) => timing === undefined)
      .toSorted(compareForSpeed)
      .slice(0, most);
  }

  get #most(): number {
    return this.#course.request.goal.objective === 'latency' ? mostTimed + 1 : mostTimed;
  }

  async #measure(signal: AbortSignal, variants: readonly MeasuredVariant[]): Promise<void> {
    const { original, ep, freeDimensions, threads, goal, measuringSeed: seed = goal.seed } = this.#course.request;
    const cells = [originalId, ...variants.map(({ id }) => id)].map((variant) => ({ variant, ep }));
    const results = new Map<string, CellResult>();
    let over = 0;
    const settings = { freeDimensions, feeds: this.#feeds, threads, seed, budget: 'quick' } as const;
    await measureCells(signal, this.#course.host.measuring, { ...settings, original, variants, cells }, (event) => {
      if (event.kind === 'cell' || event.kind === 'comparison') this.#course.follower.measured?.(event);
      if (event.kind === 'cell') results.set(event.result.variant, event.result);
      if (event.kind === 'comparison') this.#tellTiming(results.get(event.comparison.variant), event.comparison);
      if (event.kind === 'cell' || event.kind === 'failure') over++;
      this.#course.percent('Measuring', 80 + (15 * over) / cells.length);
    });
  }

  #tellTiming(cell: CellResult | undefined, comparison: Comparison): void {
    if (cell === undefined) return;
    const { ratio, interval, noiseFloor, verdict, variant: id } = comparison;
    const { medianMs, p95Ms } = cell.steady;
    this.#course.tell({ kind: 'timed', id, timing: { medianMs, p95Ms, ratio, interval, noiseFloor, verdict } });
    if (!cell.outputMatch.valid) {
      this.#course.leave(id, 'failed', cell.outputMatch.problem ?? `Its outputs are wrong on ${cell.ep}.`);
    }
  }
}
