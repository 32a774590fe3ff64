/** Following a goal: its recipe runs, and what it gave is measured, since a goal is only reached where that shows it. */
import type { GoalId } from '../../../engine/search/goals';
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import { measureCells } from '../benchmark/benchmark-actions';
import { evaluateVariants } from '../benchmark/evaluation-actions';
import {
  isUnchanged,
  selectAvailableProviders,
  selectCellsToMeasure,
  selectSelectedVariant,
} from '../workspace/selectors';
import { workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { currentGoal } from '../recipe/current-goals';
import { isMadeBy } from '../recipe/made-by';
import { replaceAndRun } from '../recipe/optimize-actions';

/** Ends where a step was cancelled or failed, and where the recipe changed nothing. */
export async function followGoal(id: GoalId): Promise<void> {
  const goal = currentGoal(workspaceStore.getState(), id);
  if (goal === null) return;
  await replaceAndRun(goal.recipe, goal.title);
  const state = workspaceStore.getState();
  const variant = selectSelectedVariant(state);
  const isMade = variant !== null && isMadeBy(variant, { ...state, recipe: goal.recipe });
  if (!isMade || isUnchanged(variant)) return;
  const ep = whereToMeasure(state, goal.ep);
  const cells = selectCellsToMeasure(state, variant.id).filter((cell) => cell.ep === ep);
  if (cells.length > 0 && !(await measureCells(cells))) return;
  if (state.data !== null && state.missingData.length === 0) await evaluateVariants();
}

/** Times of a GPU that the processor plays say nothing: there at least the outputs are compared. */
function whereToMeasure(state: WorkspaceState, wanted: ExecutionProvider): ExecutionProvider {
  const isReal = wanted !== 'webgpu' || state.device?.webgpu?.software === false;
  return isReal && selectAvailableProviders(state).includes(wanted) ? wanted : 'wasm';
}
