import type { Recipe } from '../../../engine/recipe/recipe';
import { workspaceStore } from '../workspace/workspace-store';
import { currentGoal } from './current-goals';

/** The last recipe that was set without a person's choice: this very object, since a person may choose an equal one. */
let suggested: Recipe | null = null;

/**
 * Puts the recipe there that most people would want of the model, with data or without, as long as no person chose one. It
 * is no step of undo: whatever brought the model or the data is.
 */
export function followSuggestion(): void {
  const state = workspaceStore.getState();
  const isChosen = state.recipe.steps.length > 0 && state.recipe !== suggested;
  const goal = currentGoal(state, 'smaller');
  if (goal === null || isChosen || state.variants.length > 0) return;
  suggested = { ...goal.recipe };
  workspaceStore.setState({ recipe: suggested });
}
