/** A recipe is data: ordered passes with their options. The same recipe and model give the same bytes everywhere. */
import type { DataMapping } from '../data/mapping/mapping';
import type { DataSplit } from '../data/split';
import type { OptionValues } from '../passes/option-spec';

export interface RecipeStep {
  readonly pass: string;
  readonly enabled: boolean;
  readonly options: OptionValues;
}

export interface Recipe {
  readonly version: 1;
  readonly seed: number;
  readonly steps: readonly RecipeStep[];
  /**
   * The mapping of data to inputs, and the samples that calibrate and that evaluate. The data itself is not part of a
   * recipe.
   */
  readonly data?: RecipeData;
}

/** A recipe of these steps. Fields stand in the order in which a recipe is written, so that one that is read back is the same text. */
export function recipeOf(steps: readonly Omit<RecipeStep, 'enabled'>[], seed = 0): Recipe {
  return { version: 1, seed, steps: steps.map(({ pass, options }) => ({ pass, enabled: true, options })) };
}

export interface RecipeData {
  readonly mapping: DataMapping;
  readonly split: DataSplit;
}
