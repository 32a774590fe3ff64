/**
 * Follows a goal. Its recipe runs, and the result is measured, because only a measurement shows that the goal was
 * reached.
 */
import type { BenchmarkCellRequest } from '../../jobs/jobs';
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import type { GradedMatch } from '../../../engine/metrics/match-grade';
import { presetById } from '../../../engine/recipe/presets';
import type { Recipe } from '../../../engine/recipe/recipe';
import { sameRecipe } from '../../../engine/recipe/same-recipe';
import { describeSafer, needsSafer, type Goal, type GoalId } from '../../../engine/search/goals';
import { notify } from '../window/app-store';
import { measureCells } from '../benchmark/benchmark-actions';
import { evaluateVariants } from '../benchmark/evaluation-actions';
import {
  isUnchanged,
  selectAvailableProviders,
  selectCellsToMeasure,
  selectSelectedVariant,
} from '../workspace/selectors';
import { cellKey, workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { withCheckedData } from './ask-about-data';
import { findFastest } from './search-actions';
import { searchedData } from './search-request';
import { currentGoal } from '../recipe/current-goals';
import { isMadeBy } from '../recipe/made-by';
import { replaceAndRun } from '../recipe/optimize-actions';

/** Time decides which recipe is fastest, so this goal searches. Without data, outputs are compared on random inputs. */
const searchedGoal: GoalId = 'faster-wasm';

/**
 * Follows a goal until a step was canceled or failed, or the recipe changed nothing. Without data it continues with
 * safer recipes while the outputs are too far from the original's. It keeps the variants that were too far.
 */
export function followGoal(id: GoalId): Promise<void> {
  return withCheckedData('Run', () => followChecked(id));
}

async function followChecked(id: GoalId): Promise<void> {
  const goal = currentGoal(workspaceStore.getState(), id);
  if (goal === null) return;
  const state = workspaceStore.getState();
  // Data whose files are missing evaluates nothing.
  if (id === searchedGoal && (state.data === null || searchedData(state) !== null)) return findFastest();
  let left: { title: string; match: GradedMatch } | undefined;
  for (const { title, recipe } of [{ title: presetById(goal.preset).title, recipe: goal.recipe }, ...goal.safer]) {
    const made = await makeAndMeasure(recipe, goal);
    if (made === undefined) return;
    const match = made.match ?? null;
    if (left !== undefined) notify(describeSafer(left, { title, match }));
    if (made.isUnchanged) return;
    if (match === null || !needsSafer(match, recipe) || !isStillWanted(made)) break;
    left = { title, match };
  }
  const { data, missingData } = workspaceStore.getState();
  if (data !== null && missingData.length === 0) await evaluateVariants();
}

interface MeasuredGoal {
  readonly variant: string;
  readonly recipe: Recipe;
  readonly isUnchanged?: true;
  /** The match; absent if no outputs were compared. */
  readonly match?: GradedMatch;
}

async function makeAndMeasure(recipe: Recipe, goal: Goal): Promise<MeasuredGoal | undefined> {
  await replaceAndRun(recipe, goal.title);
  const state = workspaceStore.getState();
  const variant = selectSelectedVariant(state);
  const isMade = variant !== null && isMadeBy(variant, { ...state, recipe });
  if (!isMade) return undefined;
  if (isUnchanged(variant)) return { variant: variant.id, recipe, isUnchanged: true };
  const ep = whereToMeasure(state, goal.ep);
  const isOffered = (cell: BenchmarkCellRequest) =>
    goal.id === 'faster-wasm' && cell.ep === 'compiled' && cell.variant === variant.id;
  const cells = selectCellsToMeasure(state, variant.id).filter((cell) => cell.ep === ep || isOffered(cell));
  if (cells.length > 0 && !(await measureCells(cells))) return undefined;
  const cell = workspaceStore.getState().cells[cellKey(variant.id, ep)];
  return { variant: variant.id, recipe, ...(cell && { match: cell.outputMatch }) };
}

/** If the user selected another variant or changed the recipe meanwhile, that choice is kept. */
function isStillWanted({ variant, recipe }: MeasuredGoal): boolean {
  const state = workspaceStore.getState();
  return state.selected === variant && sameRecipe(state.recipe, recipe);
}

/** Times on a GPU that the processor simulates are meaningless. There, only the outputs are compared. */
function whereToMeasure(state: WorkspaceState, wanted: ExecutionProvider): ExecutionProvider {
  const isReal = wanted !== 'webgpu' || state.device?.webgpu?.software === false;
  const available = selectAvailableProviders(state);
  if (isWebnn(wanted)) return available.find((ep) => ep === wanted) ?? available.find(isWebnn) ?? 'wasm';
  return isReal && available.includes(wanted) ? wanted : 'wasm';
}

const isWebnn = (ep: ExecutionProvider): boolean => ep.startsWith('webnn');
