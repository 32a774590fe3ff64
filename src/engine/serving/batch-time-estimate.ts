/** Estimates how long the next batch will take from the batches that ran, so that a server starts none that ends too late. */

interface SeenTimes {
  readonly meanMs: number;
  readonly deviationMs: number;
}

/** A quarter of the news enters mean and deviation (RFC 6298, section 2, with one gain for both). */
const gain = 1 / 4;
/** A request that has just arrived may always run alone, so that an estimate never shuts out every request. */
const mostOfTimeout = 0.8;

/** The class `BatchTimes` of the bundle's server in `deploy/targets/server/batcher.py` is the same. */
export class BatchTimeEstimate {
  readonly #seen = new Map<number, SeenTimes>();
  readonly #known = new Map<number, number>();

  note(size: number, ms: number): void {
    const { meanMs, deviationMs } = this.#seen.get(size) ?? { meanMs: ms, deviationMs: ms * gain };
    this.#seen.set(size, {
      meanMs: meanMs + (ms - meanMs) * gain,
      deviationMs: deviationMs + (Math.abs(ms - meanMs) - deviationMs) * gain,
    });
    this.#known.clear();
  }

  /**
   * Mean and two deviations, in ms; 0 before the first batch. Smaller batches bound it, run one after the other, and so does every
   * larger one.
   */
  expectedMs(size: number, timeoutMs: number): number {
    const known = this.#known.get(size) ?? this.#bound(size);
    this.#known.set(size, known);
    return size > 1 ? known : Math.min(known, mostOfTimeout * timeoutMs);
  }

  #bound(size: number): number {
    if (this.#seen.size === 0) return 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [seen, { meanMs, deviationMs }] of this.#seen) {
      least = Math.min(least, (meanMs + 2 * deviationMs) * Math.ceil(size / seen));
    }
    return least;
  }
}
