import type { Inference } from '../inference';
import type { IncrementalHash } from './sha256';

/** What differs between hosts. */
export interface RecipeHost {
  readonly signal: AbortSignal;
  checkpoint(): Promise<void>;
  /** Runs models for passes; without it, what needs a run is left alone. */
  readonly inference?: Inference;
  /** Default: the portable SHA-256. */
  createHash?(): IncrementalHash;
}
