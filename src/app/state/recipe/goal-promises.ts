/** The promise of each goal for the open model. Sizes are computed in a worker, one recipe after the other. */
import { useEffect, useMemo } from 'react';
import { createStore } from 'zustand/vanilla';
import { useStore } from 'zustand';
import { promiseOf, type GoalPromise } from '../../../engine/search/goal-promise';
import type { Goal } from '../../../engine/search/goals';
import { modelKind } from '../../../engine/search/model-facts';
import type { RecipeSketch } from '../../../engine/recipe/sketch-recipe';
import { recipeKey } from '../../../engine/recipe/same-recipe';
import { findRoof, readRoofs } from '../../platform/kept-roofs';
import { keepSpeedup, readSpeedups } from '../../platform/kept-speedups';
import { useWorkspace } from '../workspace/use-stores';
import { workspaceStore, type Original, type WorkspaceState } from '../workspace/workspace-store';
import { currentGoals } from './current-goals';
import { originalFacts } from './original-facts';
import { sketchRecipe } from './plan-actions';
import { calibrates } from './recipe-check';

interface Sketches {
  readonly of: Original | null;
  /** By the key of the recipe. `null`: only a run can decide it. */
  readonly known: Readonly<Record<string, RecipeSketch | null>>;
}

const sketchStore = createStore<Sketches>(() => ({ of: null, known: {} }));

export interface PromisedGoal extends Goal {
  readonly promise: GoalPromise;
}

/** The goals with what each will give. Sizes follow as they are computed. */
export function useGoalPromises(): readonly PromisedGoal[] {
  const original = useWorkspace((state) => state.original);
  const data = useWorkspace((state) => state.data);
  const device = useWorkspace((state) => state.device);
  const goals = useMemo(() => currentGoals({ original, data, device }), [original, data, device]);
  const comparisons = useWorkspace((state) => state.comparisons);
  const sketches = useStore(sketchStore);
  useEffect(() => {
    const controller = new AbortController();
    void sketchAll(controller.signal, goals);
    return () => controller.abort(new DOMException('Other goals are shown.', 'AbortError'));
  }, [goals]);
  return useMemo(() => {
    const state = workspaceStore.getState();
    const known = sketches.of === original ? sketches.known : {};
    return original === null
      ? []
      : goals.map((goal) => ({ ...goal, promise: promiseFor(state, original, goal, known) }));
    // Measurements add to the speedups that are kept.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [goals, original, sketches, comparisons]);
}

async function sketchAll(signal: AbortSignal, goals: readonly Goal[]): Promise<void> {
  const { original } = workspaceStore.getState();
  if (sketchStore.getState().of !== original) sketchStore.setState({ of: original, known: {} });
  for (const { recipe } of goals) {
    const key = recipeKey(recipe);
    if (key in sketchStore.getState().known) continue;
    const sketch = await sketchRecipe(signal, recipe).catch(() => null);
    if (signal.aborted || sketchStore.getState().of !== original) return;
    sketchStore.setState(({ known }) => ({ known: { ...known, [key]: sketch } }));
  }
}

function promiseFor(state: WorkspaceState, original: Original, goal: Goal, known: Sketches['known']): GoalPromise {
  const { device, threads } = state;
  const { nodes, macs } = original.inspection;
  const roof = device === null ? undefined : findRoof(readRoofs(device), goal.ep, threads ?? device.threads);
  const of = speedupOf(state, original, goal);
  return promiseOf(goal, {
    originalBytes: original.reencodedBytes,
    nodes,
    macs,
    sketch: known[recipeKey(goal.recipe)],
    measured: readSpeedups().flatMap((kept) => (kept.of === of ? [kept.ratio] : [])),
    ...(roof && { roof }),
    takesLong: calibrates(goal.recipe) && state.data !== null,
  });
}

function speedupOf(
  { device }: WorkspaceState,
  original: Original,
  { preset, ep }: Pick<Goal, 'preset' | 'ep'>,
): string {
  const { browser = '', cores = 0, threads = 0 } = device ?? {};
  return [preset, modelKind(originalFacts(original)), ep, browser, cores, threads].join(' ');
}

/** Keeps the measured speedup of a goal's recipe for the promises of the next models. */
export function keepGoalSpeedup(goal: Goal, ratio: number): void {
  const state = workspaceStore.getState();
  if (state.original === null) return;
  const of = speedupOf(state, state.original, goal);
  keepSpeedup({ of, model: state.original.inspection.file.sha256, ratio });
}
