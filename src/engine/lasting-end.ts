/**
 * An end that comes, if ever, long after most of the work that it would end: of a worker, for each of its calls. `Promise.race` with a
 * promise that stays pending keeps every value that it was raced with as long as that promise is there; this keeps none.
 */
export class LastingEnd {
  readonly #waiting = new Set<(reason: unknown) => void>();
  #isOver = false;
  #reason: unknown;

  /** Rejects all waiting calls and all later ones. Only the first end counts. */
  end(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reason = reason;
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  /** Settles like the first of these promises, or rejects with the reason of the end if that is earlier. */
  async before<Value>(...works: readonly Promise<Value>[]): Promise<Value> {
    let reject: (reason: unknown) => void = () => undefined;
    const ended = new Promise<never>((_, rejectEnded) => (reject = rejectEnded));
    if (this.#isOver) reject(this.#reason);
    else this.#waiting.add(reject);
    try {
      return await Promise.race([...works, ended]);
    } finally {
      this.#waiting.delete(reject);
    }
  }
}
