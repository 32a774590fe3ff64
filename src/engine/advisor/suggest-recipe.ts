/** The recipe that is there when a model opens: the one that most people would want of it, before they know any pass. */
import { presetById, type PresetId } from '../recipe/presets';
import type { Recipe } from '../recipe/recipe';
import type { ModelFacts } from '../search/model-facts';

/** Shares of all weights from which on a kind of weights decides. */
const hardlyAny = 0.1;
const most = 0.5;

/**
 * Weights alone in fewer bits change the size of every kind of model and the speed of none: 4 bits where data lets them
 * be rounded well, 8 without. Those of an LSTM only the dynamic quantizer takes. A model whose weights are no floats any more
 * is simplified.
 */
export function suggestRecipe(model: ModelFacts, calibrates: boolean): Recipe {
  return presetById(suggestedPreset(model, calibrates)).recipe;
}

function suggestedPreset({ floatShare, recurrentShare }: ModelFacts, calibrates: boolean): PresetId {
  if (floatShare < hardlyAny) return 'simplify';
  if (recurrentShare > most) return 'int8-dynamic';
  return calibrates ? 'int4-weights' : 'int8-weights';
}
