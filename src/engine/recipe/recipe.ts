/** A recipe is data: ordered passes with their options. The same recipe and model give the same bytes everywhere. */
import type { OptionValues } from '../passes/pass';

export interface RecipeStep {
  readonly pass: string;
  readonly enabled: boolean;
  readonly options: OptionValues;
}

export interface Recipe {
  readonly version: 1;
  readonly seed: number;
  readonly steps: readonly RecipeStep[];
}
