/** Results of measuring how fast a model writes. */
import type { ExecutionProvider } from '../cell';

/** Tokens in the cache at which writing is measured. */
export const usualCacheLengths: readonly number[] = [0, 256, 1024];

/** Raw times at one cache length. */
export interface GenerationTimes {
  readonly cacheLength: number;
  /** Tokens of the prompt: the cache length, 1 if that is 0. */
  readonly promptTokens: number;
  /** Time of each reading of the prompt. */
  readonly promptMs: readonly number[];
  /** Time of one token in each turn. Turns of the original and of a variant alternate. */
  readonly tokenMs: readonly number[];
}

/** Figures at one cache length. Intervals are 95 %. */
export interface GenerationPoint {
  readonly cacheLength: number;
  /** Median time from the prompt to the scores of the first token. */
  readonly firstTokenMs: number;
  /** Tokens of the prompt read per second. */
  readonly prefillTokensPerSecond: number;
  /** Tokens written per second, one after the other. */
  readonly decodeTokensPerSecond: number;
  /** The interval of `decodeTokensPerSecond`. */
  readonly interval: readonly [number, number];
  /** Against the original, by turns: above 1 it writes faster. Absent for the original itself. */
  readonly ratio?: { readonly value: number; readonly interval: readonly [number, number] };
}

export interface GenerationSpeed {
  /** `original` or the variant's id. */
  readonly variant: string;
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly generation: readonly GenerationPoint[];
}
