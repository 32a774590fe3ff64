/**
 * Candidates that a search goes through. They are facts: recorded as they come, by the hundred, without an undo entry and
 * without bytes. A person promotes one to a variant, which runs its recipe.
 */
import { workspaceStore, type Trial } from '../workspace/workspace-store';
import { runRecipe } from './optimize-actions';
import { replaceRecipe } from './recipe-actions';

/** Adds trials, and replaces those that are known by their id: figures come one after the other. */
export function recordTrials(found: readonly Trial[]): void {
  const byId = new Map(found.map((trial) => [trial.id, trial]));
  workspaceStore.setState(({ trials }) => {
    const known = new Set(trials.map(({ id }) => id));
    return {
      trials: [...trials.map((trial) => byId.get(trial.id) ?? trial), ...found.filter(({ id }) => !known.has(id))],
    };
  });
}

/** What the next search starts from. */
export function forgetTrials(): void {
  workspaceStore.setState({ trials: [] });
}

/** Makes a trial a variant: its recipe becomes the one that is shown, and runs. */
export async function promoteTrial(id: string): Promise<void> {
  const trial = workspaceStore.getState().trials.find((candidate) => candidate.id === id);
  if (trial === undefined) return;
  replaceRecipe(trial.recipe, 'Choose a trial');
  await runRecipe(trial.recipe);
}
