import type { IncrementalHash } from './sha256';

/** What differs between hosts. */
export interface RecipeHost {
  readonly signal: AbortSignal;
  checkpoint(): Promise<void>;
  /** Default: the portable SHA-256. */
  createHash?(): IncrementalHash;
}
