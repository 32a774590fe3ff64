/** The time of a search: the time that is left, and signals that end work when its share is over. */
/** The share of the time from which the reserve may be spent. */
export const endShare = 0.98;

export class TimeBudget {
  readonly #startedAt = performance.now();
  readonly #budgetMs: number;
  readonly #signal: AbortSignal;
  /** The time reserved for the end of the search. */
  #reservedMs = 0;

  constructor(signal: AbortSignal, budgetMs: number) {
    this.#signal = signal;
    this.#budgetMs = budgetMs;
  }

  get spentMs(): number {
    return performance.now() - this.#startedAt;
  }

  get spentShare(): number {
    return this.spentMs / this.#budgetMs;
  }

  /** Keeps so much of the time for what is done after all shares below `endShare`. */
  reserve(ms: number): void {
    this.#reservedMs = ms;
  }

  /** The time left until this share of the whole, or until the reserve. It is never below 0. */
  leftMs(share = 1): number {
    const untilMs = this.#budgetMs * share;
    const reservedMs = share < endShare ? Math.max(0, this.#reservedMs - this.#budgetMs * (endShare - share)) : 0;
    return Math.max(0, untilMs - reservedMs - this.spentMs);
  }

  /**
   * Runs work that ends when this share of the time is over. `undefined` then. Rejects as the work does otherwise, and with the reason
   * of the search's own signal once that is aborted.
   * @param leastMs the work has at least so long.
   */
  async within<Value>(
    share: number,
    work: (signal: AbortSignal) => Promise<Value>,
    leastMs = 0,
  ): Promise<Value | undefined> {
    this.#signal.throwIfAborted();
    const leftMs = Math.max(this.leftMs(share), leastMs);
    if (leftMs === 0) return undefined;
    const timeOver = new AbortController();
    const timer = setTimeout(() => timeOver.abort(new DOMException('Time ran out.', 'TimeoutError')), leftMs);
    try {
      return await work(AbortSignal.any([this.#signal, timeOver.signal]));
    } catch (error) {
      this.#signal.throwIfAborted();
      if (timeOver.signal.aborted) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
