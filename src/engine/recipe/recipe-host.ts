import type { Inference } from '../inference';
import type { HashContext } from '../files/hash-source';

/** What differs between hosts. */
export interface RecipeHost extends HashContext {
  readonly signal: AbortSignal;
  /** Runs models for passes; without it, what needs a run is left alone. */
  readonly inference?: Inference;
}
