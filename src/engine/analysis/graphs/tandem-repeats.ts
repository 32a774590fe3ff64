/** Stretches of a sequence in which a part comes again right after itself. */

/**
 * A stretch from `start` up to, not including, `end` in which every entry equals the one `period` places before it. It is at least two
 * periods long.
 */
export interface Repeat {
  readonly start: number;
  readonly end: number;
  readonly period: number;
}

/** Powers below fit a double: 2^21 × 2^31 < 2^53. */
const modulus = 2_097_143;
const base = 1_000_003;

/**
 * Finds every maximal repeat with a period of two and more, ordered by period. A stretch of at least two periods
 * contains two positions that are multiples of the period, so only those are searched (Main and Lorentz 1984). That
 * takes n/p searches for each period p, n log n in all, each a binary search on hashes of prefixes. Hashes can collide,
 * rarely, so the caller must compare a repeat that it uses. Longer periods are not searched after `deadlineMs`.
 */
export function longestRepeats(entries: readonly string[], deadlineMs: number): Repeat[] {
  const started = performance.now();
  const ids = idsOf(entries);
  const hashes = new PrefixHashes(ids);
  const repeats: Repeat[] = [];
  for (let period = 2; 2 * period <= ids.length; period++) {
    if ((period & 63) === 0 && performance.now() - started > deadlineMs) break;
    let covered = -1;
    for (let at = 0; at + period < ids.length; at += period) {
      // The last position from which a repeat is seen gives the same one again.
      if (at <= covered) continue;
      const start = at - hashes.equalBefore(at, at + period);
      const end = at + period + hashes.equalFrom(at, at + period);
      if (end - start < 2 * period) continue;
      repeats.push({ start, end, period });
      covered = end - period;
    }
  }
  return repeats;
}

function idsOf(entries: readonly string[]): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(entries, (entry) => {
    const id = known.get(entry) ?? known.size;
    known.set(entry, id);
    return id;
  });
}

class PrefixHashes {
  readonly #length: number;
  /** Two moduli in turn would be one hash of 42 bits: two bases do the same. */
  readonly #tables: readonly HashTable[];

  constructor(ids: Int32Array) {
    this.#length = ids.length;
    this.#tables = [new HashTable(ids, base), new HashTable(ids, 999_983)];
  }

  /** Counts the equal entries from `a` and from `b` on; `a` < `b`. */
  equalFrom(a: number, b: number): number {
    return this.#most(this.#length - b, (count) => this.#isEqual(a, b, count));
  }

  /** Counts the equal entries right before `a` and right before `b`; `a` < `b`. */
  equalBefore(a: number, b: number): number {
    return this.#most(a, (count) => this.#isEqual(a - count, b - count, count));
  }

  #isEqual(a: number, b: number, count: number): boolean {
    return this.#tables.every((table) => table.hash(a, count) === table.hash(b, count));
  }

  #most(limit: number, holds: (count: number) => boolean): number {
    let [low, high] = [0, limit];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (holds(middle)) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

class HashTable {
  readonly #prefixes: Float64Array;
  readonly #powers: Float64Array;

  constructor(ids: Int32Array, factor: number) {
    this.#prefixes = new Float64Array(ids.length + 1);
    this.#powers = new Float64Array(ids.length + 1);
    this.#powers[0] = 1;
    ids.forEach((id, at) => {
      this.#prefixes[at + 1] = (this.#prefixes[at]! * factor + id + 1) % modulus;
      this.#powers[at + 1] = (this.#powers[at]! * factor) % modulus;
    });
  }

  hash(start: number, count: number): number {
    const hash = this.#prefixes[start + count]! - ((this.#prefixes[start]! * this.#powers[count]!) % modulus);
    return hash < 0 ? hash + modulus : hash;
  }
}
