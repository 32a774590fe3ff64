/** Gathers changes until they pause, but no longer than a while: some go on and on. */
export class PauseInChanges {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #latestAtMs = 0;
  readonly #longestMs: number;
  readonly #onPause: () => void;

  constructor(longestMs: number, onPause: () => void) {
    this.#longestMs = longestMs;
    this.#onPause = onPause;
  }

  /** There were changes since the last pause. */
  get isAwaited(): boolean {
    return this.#timer !== undefined;
  }

  /** A change: no other for so long is a pause. */
  waitFor(pauseMs: number): void {
    const nowMs = performance.now();
    if (!this.isAwaited) this.#latestAtMs = nowMs + this.#longestMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), Math.min(pauseMs, this.#latestAtMs - nowMs));
  }

  /** Ends the wait as if the pause had come. */
  end(): void {
    this.cancel();
    this.#onPause();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
