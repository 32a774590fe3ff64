import { suggestRecipe } from '../../../engine/advisor/suggest-recipe';
import { modelFacts } from '../../../engine/search/model-facts';
import type { Recipe } from '../../../engine/recipe/recipe';
import { originalBytes } from '../workspace/selectors';
import { workspaceStore } from '../workspace/workspace-store';

/** What stood there last without a person having chosen it: this very object, since they may choose the same. */
let suggested: Recipe | null = null;

/**
 * Puts the recipe there that suits the model and whether there is data, as long as no person chose one. It is no step of
 * undo: whatever brought the model or the data is.
 */
export function followSuggestion(): void {
  const { original, data, recipe, variants } = workspaceStore.getState();
  const isChosen = recipe.steps.length > 0 && recipe !== suggested;
  if (original === null || isChosen || variants.length > 0) return;
  suggested = { ...suggestRecipe(modelFacts(original.inspection, originalBytes(original)), data !== null) };
  workspaceStore.setState({ recipe: suggested });
}
