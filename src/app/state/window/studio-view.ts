/** The open view of the studio. Commands and other views lead from one to another. */
import { createStore } from 'zustand/vanilla';
import type { Recipe } from '../../../engine/recipe/recipe';
import { recipeKey } from '../../../engine/recipe/same-recipe';

export type StudioView = 'goals' | 'trade-off' | 'compare' | 'changes' | 'graph' | 'layers' | 'sensitivity' | 'model';

interface StudioViewState {
  /** `null`: nobody has chosen yet, the studio shows what fits. */
  readonly view: StudioView | null;
  /** The graph has the whole window: nothing else of the studio is there. */
  readonly isGraphWhole: boolean;
  /** Keys of recipes that are shown as one card: those that a goal or a search chose as a whole. */
  readonly foldedRecipes: ReadonlySet<string>;
}

export const studioViewStore = createStore<StudioViewState>(() => ({
  view: null,
  isGraphWhole: false,
  foldedRecipes: new Set(),
}));

export function openView(view: StudioView | null): void {
  studioViewStore.setState(({ isGraphWhole }) => ({ view, isGraphWhole: isGraphWhole && view === 'graph' }));
}

/** Gives the graph the whole window, or takes it back. */
export function setGraphWhole(isGraphWhole: boolean): void {
  studioViewStore.setState(isGraphWhole ? { view: 'graph', isGraphWhole } : { isGraphWhole });
}

/** Shows a recipe of several passes as one card until a person opens it. */
export function foldRecipe(recipe: Recipe): void {
  if (recipe.steps.length < 2) return;
  studioViewStore.setState(({ foldedRecipes }) => ({ foldedRecipes: new Set([...foldedRecipes, recipeKey(recipe)]) }));
}

export function unfoldRecipe(recipe: Recipe): void {
  const opened = recipeKey(recipe);
  studioViewStore.setState(({ foldedRecipes }) => ({
    foldedRecipes: new Set([...foldedRecipes].filter((key) => key !== opened)),
  }));
}
