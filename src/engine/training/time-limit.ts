/** The first steps are slow and do not count for the speed. */
const coldSteps = 2;

/** Computes how many steps a time limit allows, from the speed of the steps so far. */
export class TimeLimit {
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #mostMs: number;
  #evaluationMs = 0;
  #warmMs = 0;

  /** @param mostMs for all steps and evaluations from now on; `Infinity` for no limit. */
  constructor(mostMs: number, now = () => performance.now()) {
    this.#now = now;
    this.#startMs = now();
    this.#mostMs = mostMs;
  }

  /** @param ms the time of the evaluation of the start. Later ones take as long. */
  evaluated(ms: number): void {
    this.#evaluationMs = ms;
  }

  /**
   * The number of steps that the run can have in all. It is at least `done`, the number of steps taken. Time for an evaluation after every
   * `betweenChecks` steps, and for one at the end, is left.
   */
  affordableSteps(done: number, betweenChecks: number): number {
    if (this.#mostMs === Infinity) return Infinity;
    const nowMs = this.#now();
    const leftMs = this.#startMs + this.#mostMs - nowMs - this.#evaluationMs;
    if (done <= coldSteps) {
      this.#warmMs = nowMs;
      return leftMs > 0 ? Infinity : done;
    }
    const meanMs = (nowMs - this.#warmMs) / (done - coldSteps);
    // The mean contains past evaluations, if there were any.
    const futureMs = done >= betweenChecks ? meanMs : meanMs + this.#evaluationMs / betweenChecks;
    return done + Math.max(0, Math.floor(leftMs / Math.max(1e-3, futureMs)));
  }
}
