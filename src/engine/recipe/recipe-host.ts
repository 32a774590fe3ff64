import type { Inference } from '../inference';
import type { HashContext } from '../files/hash-source';

/** The parts of a recipe run that differ between hosts. */
export interface RecipeHost extends HashContext {
  readonly signal: AbortSignal;
  /** Runs models for passes; without it, what needs a run is left alone. */
  readonly inference?: Inference;
}
