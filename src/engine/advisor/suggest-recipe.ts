/** The recipe that is there when a model opens: the one that most people would want of it, before they know any pass. */
import { presetById, type PresetId } from '../recipe/presets';
import type { Recipe } from '../recipe/recipe';
import type { ModelFacts } from '../search/model-facts';

/** A share of all weights. */
const hardlyAny = 0.1;

/**
 * Weights alone in fewer bits change the size of every kind of model and the speed of none: 4 bits where data lets them
 * be rounded well, 8 without. A model whose weights are no floats any more is simplified.
 */
export function suggestRecipe(model: ModelFacts, calibrates: boolean): Recipe {
  return presetById(suggestedPreset(model, calibrates)).recipe;
}

function suggestedPreset({ floatShare }: ModelFacts, calibrates: boolean): PresetId {
  if (floatShare < hardlyAny) return 'simplify';
  return calibrates ? 'int4-weights' : 'int8-weights';
}
