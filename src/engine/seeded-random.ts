/** A seeded source of randomness: the same seed gives the same recipe result everywhere. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  next(): number;
}

/** Seeds are integers from 0 to this one. */
export const largestSeed = 2 ** 32 - 1;

/**
 * mulberry32 (Tommy Ettinger, public domain): 32 bits of state, the same sequence on every host. It is meant for
 * reproducible choices, not for secrets.
 */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    },
  };
}
