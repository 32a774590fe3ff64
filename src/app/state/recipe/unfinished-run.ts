/** The recipe that runs, kept with the work: after a reload it is offered to go on from the last pass that was finished. */
import type { FinishedPasses } from '../../jobs/jobs';
import { filesOf, keepFiles } from '../../platform/file-registry';
import { workspaceStore, type UnfinishedRun } from '../workspace/workspace-store';
import { recipeKey } from '../../../engine/recipe/same-recipe';

export function beginRun(run: Omit<UnfinishedRun, 'passes' | 'filesKey'>, from: FinishedPasses | undefined): void {
  const unfinished: UnfinishedRun = { ...run, passes: [], filesKey: null };
  workspaceStore.setState({ unfinished });
  if (from !== undefined) recordFinished(run, from);
}

/** Each under a key of its own: the worker may still read the one before. */
export function recordFinished({ recipe }: Pick<UnfinishedRun, 'recipe'>, { passes, files }: FinishedPasses): void {
  const { unfinished } = workspaceStore.getState();
  if (unfinished === null || recipeKey(unfinished.recipe) !== recipeKey(recipe)) return;
  const filesKey = `unfinished-${passes.length}`;
  keepFiles(filesKey, files);
  workspaceStore.setState({ unfinished: { ...unfinished, passes, filesKey } });
}

/** It came to an end, whichever, or nobody wants it any more. */
export function forgetRun({ recipe }: Pick<UnfinishedRun, 'recipe'>): void {
  workspaceStore.setState(({ unfinished }) =>
    unfinished !== null && recipeKey(unfinished.recipe) === recipeKey(recipe) ? { unfinished: null } : {},
  );
}

/** The finished passes of the run, if they were kept. */
export function finishedPasses({ passes, filesKey }: UnfinishedRun): FinishedPasses | undefined {
  const files = filesKey === null ? undefined : filesOf(filesKey);
  return files && { passes, files };
}
