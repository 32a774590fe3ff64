/** The time of a search: what is left of it, and signals that end work when its share is over. */
export class TimeBudget {
  readonly #startedAt = performance.now();
  readonly #budgetMs: number;
  readonly #signal: AbortSignal;

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

  /** Until this share of the whole is over; not below 0. */
  leftMs(share = 1): number {
    return Math.max(0, this.#budgetMs * share - this.spentMs);
  }

  /**
   * Runs work that ends when this share of the time is over. `undefined` then. Rejects as the work does otherwise, and with the reason
   * of the search's own signal once that is aborted.
   */
  async within<Value>(share: number, work: (signal: AbortSignal) => Promise<Value>): Promise<Value | undefined> {
    this.#signal.throwIfAborted();
    const leftMs = this.leftMs(share);
    if (leftMs === 0) return undefined;
    const timeOver = new AbortController();
    const timer = setTimeout(() => timeOver.abort(new DOMException('The time is over.', 'TimeoutError')), leftMs);
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
