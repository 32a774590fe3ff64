/** Answers that are kept for inputs that come again: least recently used first out, and none older than its time to live. */

export interface CachePolicy {
  readonly entries: number;
  readonly ttlS: number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly expiresMs: number;
}

/** The time is given with each call: a simulation has its own. */
export class PredictionCache<Key, Value> {
  readonly #entries = new Map<Key, Entry<Value>>();
  readonly #policy: CachePolicy;

  constructor(policy: CachePolicy) {
    this.#policy = policy;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Returns the kept value; `undefined` if there is none, or it is no longer fresh. */
  get(key: Key, nowMs: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expiresMs <= nowMs) return undefined;
    // Last in the order of the map: used just now.
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: Key, value: Value, nowMs: number): void {
    if (this.#policy.entries === 0) return;
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresMs: nowMs + this.#policy.ttlS * 1000 });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#policy.entries) break;
      this.#entries.delete(oldest);
    }
  }
}
