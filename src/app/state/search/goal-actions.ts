/**
 * Follows a goal. Its recipe runs, and the result is measured, because only a measurement shows that the goal was
 * reached.
 */
import type { BenchmarkCellRequest } from '../../jobs/jobs';
import { formatSizeChange } from '../../../engine/format';
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import type { GradedMatch } from '../../../engine/metrics/match-grade';
import { presetById } from '../../../engine/recipe/presets';
import type { Recipe } from '../../../engine/recipe/recipe';
import { recipeKey, sameRecipe } from '../../../engine/recipe/same-recipe';
import { goalBudgetMs } from '../../../engine/search/goal-promise';
import { isNotablySmaller } from '../../../engine/verdict/size-verdict';
import { describeSafer, isTooFar, needsSafer, type Goal, type GoalId } from '../../../engine/search/goals';
import { notify } from '../window/app-store';
import { measureCells } from '../benchmark/benchmark-actions';
import { evaluateVariants } from '../benchmark/evaluation-actions';
import {
  isUnchanged,
  selectAvailableProviders,
  selectCellsToMeasure,
  selectSelectedVariant,
} from '../workspace/selectors';
import { cellKey, originalId, workspaceStore, type Original, type WorkspaceState } from '../workspace/workspace-store';
import { keepGoalSpeedup, searchedGoal } from '../recipe/goal-promises';
import { dropVariant, selectVariant, takePlaceOf } from '../recipe/variant-actions';
import { withCheckedData } from './ask-about-data';
import { GoalFrame, offerMore } from './goal-frame';
import { findFastest } from './search-actions';
import { searchedData } from './search-request';
import { canGoOn } from './searched-candidate';
import { currentGoal } from '../recipe/current-goals';
import { isMadeBy } from '../recipe/made-by';
import { replaceAndRun } from '../recipe/optimize-actions';

/** A search that has less than this would find nothing. */
const leastSearchMs = 10_000;
/** A search writes its best file after its own time. A compiled module is made and measured after it. */
const [searchShare, searchShareToCompile] = [0.9, 0.65];
/** The share of the time by which a variant is made, so that it can be measured. */
const makingShare = 0.6;
/** With less time than this, the original has no cell of its own: it takes turns with the variant. */
const twoCellsMs = 30_000;
/** The time that a person is offered once that of the goal is over. */
const moreMs = 300_000;

/**
 * Follows a goal until its time is over, a step was canceled or failed, or the recipe changed nothing. A safe variant that takes
 * seconds comes first, and a better one takes its place. Without data it continues with safer recipes while the outputs are too far
 * from the original's. It keeps the variants that were too far. It offers more time for the rest.
 */
export function followGoal(id: GoalId, budgetMs: number = goalBudgetMs): Promise<void> {
  return withCheckedData('Run', () => followChecked(id, budgetMs));
}

async function followChecked(id: GoalId, budgetMs: number): Promise<void> {
  const { original } = workspaceStore.getState();
  const goal = currentGoal(workspaceStore.getState(), id);
  if (goal === null || original === null) return;
  offerMore(null);
  const frame = new GoalFrame(budgetMs);
  try {
    const first = await makeFirst(goal);
    const state = workspaceStore.getState();
    if (first === undefined) {
      if (frame.isLate && state.original === original) offerRest(goal, original, 'The first one');
      return;
    }
    // Data whose files are missing evaluates nothing.
    const isSearched = id === searchedGoal && (state.data === null || searchedData(state) !== null);
    let rest: string | undefined = 'The search';
    if (isSearched) {
      const share = selectAvailableProviders(state).includes('compiled') ? searchShareToCompile : searchShare;
      await findFastest(Math.max(leastSearchMs, frame.leftMs * share), first);
    } else rest = await makeBest(goal, frame, first);
    const isOpen = workspaceStore.getState().original === original;
    if (isSearched && isOpen && !frame.isLate) await measureCompiled(frame);
    // A search that began offers to go on beside its result.
    const isOffered = isSearched && canGoOn(workspaceStore.getState());
    if (rest !== undefined && frame.isLate && isOpen && !isOffered) offerRest(goal, original, rest);
  } finally {
    frame.end();
  }
}

/** The id of the first variant; `null`: the goal has none, or it is like the original. `undefined`: it was canceled. */
async function makeFirst({ first, title }: Goal): Promise<string | null | undefined> {
  if (first === undefined) return null;
  const isMade = await replaceAndRun(first.recipe, title);
  const variant = isMade ? selectSelectedVariant(workspaceStore.getState()) : null;
  if (variant === null || !isUnchanged(variant)) return variant?.id;
  dropVariant(variant.id, originalId);
  return null;
}

/** The title of the recipe that ended before its variant was made and measured; `undefined` if none did. */
async function makeBest(goal: Goal, frame: GoalFrame, first: string | null): Promise<string | undefined> {
  let left: { title: string; variant: string; match: GradedMatch } | undefined;
  const tries = [{ title: presetById(goal.preset).title, recipe: goal.recipe }, ...goal.safer];
  for (const [index, { title, recipe }] of tries.entries()) {
    const made = await makeAndMeasure(recipe, goal, frame, { first, isLast: index === tries.length - 1 });
    if (made === undefined) return title;
    if (made === 'unmeasured') return 'The measurement';
    const match = made.match ?? null;
    if (left !== undefined && made.isNoSmaller) {
      // The variant before it stays in view with its loss, which the person can judge. This one gains nothing.
      dropVariant(made.variant, left.variant);
      notify(describeSafer(left, { title, match, isNoSmaller: true }));
      return undefined;
    }
    if (left !== undefined) notify(describeSafer(left, { title, match }));
    if (made.isUnchanged) return undefined;
    if (match === null || !needsSafer(match, recipe) || !isStillWanted(made)) break;
    left = { title, variant: made.variant, match };
  }
  const { data, missingData } = workspaceStore.getState();
  if (data !== null && missingData.length === 0 && !frame.isLate) await evaluateVariants();
  return frame.isLate ? 'The evaluation' : undefined;
}

/** Asks before the goal takes more time. */
function offerRest({ id, title }: Goal, original: Original, rest: string): void {
  const variant = selectSelectedVariant(workspaceStore.getState());
  const ready = variant === null ? 'No variant is ready yet.' : `${variant.name} is ready.`;
  offerMore({ of: original, id, title, text: `${ready} ${rest} needs more time.`, moreMs });
}

interface MeasuredGoal {
  readonly variant: string;
  readonly recipe: Recipe;
  readonly isUnchanged?: true;
  /** It was to be smaller. */
  readonly isNoSmaller: boolean;
  /** The match; absent if no outputs were compared. */
  readonly match?: GradedMatch;
}

interface Try {
  /** A variant that the recipe's replaces if it is made in time. `null`: none. */
  readonly first: string | null;
  /** No safer recipe follows. */
  readonly isLast: boolean;
}

/** `undefined`: its variant was not made. `unmeasured`: its measurement did not end. */
async function makeAndMeasure(
  recipe: Recipe,
  goal: Goal,
  frame: GoalFrame,
  { first, isLast }: Try,
): Promise<MeasuredGoal | 'unmeasured' | undefined> {
  const stop = (): void => frame.stop(({ key }) => key === recipeKey(recipe));
  const end = first === null ? undefined : setTimeout(stop, frame.leftMs * makingShare);
  const isThere = await replaceAndRun(recipe, goal.title).finally(() => clearTimeout(end));
  if (!isThere && first !== null && frame.isLate) {
    // The first variant is measured instead.
    selectVariant(first, false);
    await measureWhereShown(first, goal, frame);
  }
  const state = workspaceStore.getState();
  // Another goal may have made and selected its variant meanwhile.
  const variant = isThere ? state.variants.find((each) => isMadeBy(each, { ...state, recipe })) : undefined;
  if (variant === undefined) return undefined;
  const { original: before, variant: after } = variant.optimization.sizeBytes;
  const isNoSmaller = goal.isForSize && !isNotablySmaller(before, after);
  if (isUnchanged(variant)) return { variant: variant.id, recipe, isNoSmaller, isUnchanged: true };
  const ep = whereToMeasure(workspaceStore.getState(), goal.ep);
  const key = cellKey(variant.id, ep);
  const own = { variant: variant.id, ep };
  const isNew = selectCellsToMeasure(workspaceStore.getState(), variant.id).some((cell) => isSameCell(cell, own));
  // The time of a variant that a safer one follows is of no interest.
  const isCompared = goal.isForSize && !isLast && isNew;
  if (isCompared) {
    if (!(await measureInTime([own], frame, comparingMs))) return 'unmeasured';
    const match = workspaceStore.getState().cells[key]?.outputMatch;
    if (match !== undefined && needsSafer(match, recipe)) return { variant: variant.id, recipe, isNoSmaller, match };
  }
  if (!(await measureWhereShown(variant.id, goal, frame, isCompared ? [own] : []))) return 'unmeasured';
  const { cells, comparisons } = workspaceStore.getState();
  const [cell, comparison] = [cells[key], comparisons[key]];
  if (comparison !== undefined && !/^(undecided|invalid)$/.test(comparison.verdict)) {
    keepGoalSpeedup(goal, comparison.ratio);
  }
  if (first !== null && first !== variant.id && cell !== undefined && !isTooFar(cell.outputMatch)) {
    const bytes = state.variants.find(({ id }) => id === first)?.optimization.variant.sizeBytes;
    const change = bytes === undefined ? '' : `, ${formatSizeChange(bytes, variant.optimization.variant.sizeBytes)}`;
    takePlaceOf(first, variant.id);
    notify(`Better found: ${variant.name}${change}.`);
  }
  return { variant: variant.id, recipe, isNoSmaller, ...(cell && { match: cell.outputMatch }) };
}

/** Measures the selected model as a compiled module: the headline and the next step name it where it is faster. */
async function measureCompiled(frame: GoalFrame): Promise<void> {
  const state = workspaceStore.getState();
  if (state.search === null || state.search.stopReason === 'canceled') return;
  const cells = selectCellsToMeasure(state, state.selected);
  const own = cells.filter(({ variant, ep }) => variant === state.selected && ep === 'compiled');
  if (own.length > 0) await measureInTime(own, frame);
}

function isSameCell(a: BenchmarkCellRequest, b: BenchmarkCellRequest): boolean {
  return a.variant === b.variant && a.ep === b.ep;
}

/**
 * Returns false if the measurement was canceled.
 * @param again cells that are measured although they are known.
 */
async function measureWhereShown(
  variant: string,
  goal: Goal,
  frame: GoalFrame,
  again: readonly BenchmarkCellRequest[] = [],
): Promise<boolean> {
  const state = workspaceStore.getState();
  const ep = whereToMeasure(state, goal.ep);
  const isOffered = (cell: BenchmarkCellRequest): boolean =>
    goal.id === searchedGoal && cell.ep === 'compiled' && cell.variant === variant;
  const unknown = selectCellsToMeasure(state, variant).filter((cell) => cell.ep === ep || isOffered(cell));
  const cells = [...unknown, ...again];
  const isShort = frame.leftMs < twoCellsMs && cells.some((cell) => cell.variant === variant);
  const inTime = isShort ? cells.filter((cell) => cell.variant === variant) : cells;
  return inTime.length === 0 || measureInTime(inTime, frame);
}

/** The share of a cell's time that its limit leaves for what it does not count: inputs, reference outputs, a last run. */
const cellShare = 0.7;
/** A short measurement, which compares the outputs. */
const comparingMs = 2_000;

/** Measures the cells within the time that is left to the goal. */
function measureInTime(
  cells: readonly BenchmarkCellRequest[],
  { leftMs }: GoalFrame,
  mostMs = Infinity,
): Promise<boolean> {
  return measureCells(cells, undefined, Math.min(mostMs, (Math.max(0, leftMs) * cellShare) / cells.length));
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
