/** Detects early the work that would not end in time, if it reports its progress. */
import type { RecipeProgress } from '../../engine/recipe/pipeline';

/** A part of the work with less than this share of the time does not yet show how long it takes. */
const leastShareToKnow = 0.15;
/** A part that would take so many times as long as all may take is given up, and no other: paces change. */
const hopelessness = 2;

export class PaceWatch {
  readonly #leftMs: number;
  readonly #now: () => number;
  /** The current part of the work, its start, and the progress at that time. */
  #part = { name: '', atMs: 0, done: 0 };

  /** @param now a clock in ms. */
  constructor(leftMs: number, now: () => number) {
    this.#leftMs = leftMs;
    this.#now = now;
  }

  /** True if the current part of the work would take far longer than the whole may. */
  isHopeless({
    passIndex,
    stage,
    done,
    total,
  }: Pick<RecipeProgress, 'passIndex' | 'stage' | 'done' | 'total'>): boolean {
    const nowMs = this.#now();
    const name = `${passIndex} ${stage}`;
    if (name !== this.#part.name) this.#part = { name, atMs: nowMs, done };
    const ms = nowMs - this.#part.atMs;
    // Later parts of a pass begin where the ones before them ended.
    const [wasDone, wasLeft] = [done - this.#part.done, total - this.#part.done];
    const isKnown = wasDone > 0 && ms > leastShareToKnow * this.#leftMs;
    return isKnown && ms * wasLeft > hopelessness * this.#leftMs * wasDone;
  }
}
