/** The promise of each goal for the open model. Sizes are computed in a worker, one recipe after the other. */
import { useEffect, useMemo } from 'react';
import { createStore } from 'zustand/vanilla';
import { useStore } from 'zustand';
import type { Device } from '../../../engine/metrics/cell';
import { promiseOf, type GoalPromise } from '../../../engine/search/goal-promise';
import type { Goal, GoalId } from '../../../engine/search/goals';
import { modelKind } from '../../../engine/search/model-facts';
import type { RecipeSketch } from '../../../engine/recipe/sketch-recipe';
import { recipeKey } from '../../../engine/recipe/same-recipe';
import { findRoof, nameOfDevice, readRoofs } from '../../platform/kept-roofs';
import { keepSpeedup, readSpeedups } from '../../platform/kept-speedups';
import { originalBytes } from '../workspace/selectors';
import { useWorkspace } from '../workspace/use-stores';
import { workspaceStore, type Original, type WorkspaceState } from '../workspace/workspace-store';
import { currentGoals } from './current-goals';
import { originalFacts } from './original-facts';
import { sketchRecipe } from './plan-actions';
import { calibrates } from './recipe-check';

/** Time decides which recipe is fastest, so this goal searches. Without data, outputs are compared on random inputs. */
export const searchedGoal: GoalId = 'faster-wasm';

interface Sketches {
  readonly of: Original | null;
  /** By the key of the recipe. `null`: only a run can decide it. */
  readonly known: Readonly<Record<string, RecipeSketch | null>>;
}

const sketchStore = createStore<Sketches>(() => ({ of: null, known: {} }));

export interface PromisedGoal extends Goal {
  readonly promise: GoalPromise;
}

/** The goals with the promise of each. Sizes follow as they are computed. */
export function useGoalPromises(): readonly PromisedGoal[] {
  const original = useWorkspace((state) => state.original);
  const data = useWorkspace((state) => state.data);
  const device = useWorkspace((state) => state.device);
  const threads = useWorkspace((state) => state.threads);
  const goals = useMemo(() => currentGoals({ original, data, device }), [original, data, device]);
  const sketches = useStore(sketchStore);
  useEffect(() => {
    const controller = new AbortController();
    void sketchAll(controller.signal, goals);
    return () => controller.abort(new DOMException('Other goals are shown.', 'AbortError'));
  }, [goals]);
  return useMemo(
    () => (original === null ? [] : promisesOf(goals, original, { data, device, threads }, sketches)),
    [goals, original, data, device, threads, sketches],
  );
}

async function sketchAll(signal: AbortSignal, goals: readonly Goal[]): Promise<void> {
  const { original } = workspaceStore.getState();
  if (sketchStore.getState().of !== original) sketchStore.setState({ of: original, known: {} });
  const safer = goals.flatMap((goal) => (goal.isForSize ? goal.safer : []));
  for (const { recipe } of [...goals, ...safer]) {
    const key = recipeKey(recipe);
    if (key in sketchStore.getState().known) continue;
    const sketch = await sketchRecipe(signal, recipe).catch(() => null);
    if (signal.aborted || sketchStore.getState().of !== original) return;
    sketchStore.setState(({ known }) => ({ known: { ...known, [key]: sketch } }));
  }
}

function promisesOf(
  goals: readonly Goal[],
  original: Original,
  { data, device, threads }: Pick<WorkspaceState, 'data' | 'device' | 'threads'>,
  sketches: Sketches,
): readonly PromisedGoal[] {
  const { nodes, macs, parameters, weightBytes } = original.inspection;
  const known = sketches.of === original ? sketches.known : {};
  const roofs = device === null ? [] : readRoofs(device);
  const speedups = readSpeedups();
  return goals.map((goal) => {
    const roof = findRoof(roofs, goal.ep, threads ?? device?.threads ?? 1);
    const of = speedupOf(device, original, goal);
    const promise = promiseOf(goal, {
      originalBytes: originalBytes(original),
      // The file of converted weights is smaller than they are.
      float32Bytes: Math.max(originalBytes(original), weightBytes) - weightBytes + 4 * parameters,
      nodes,
      macs,
      sketch: known[recipeKey(goal.recipe)],
      safer: goal.safer.map(({ recipe }) => known[recipeKey(recipe)]),
      measured: speedups.flatMap((kept) => (kept.of === of ? [kept.ratio] : [])),
      ...(roof && { roof }),
      isSearched: goal.id === searchedGoal,
      takesLong: goal.id === searchedGoal || (calibrates(goal.recipe) && data !== null),
    });
    return { ...goal, promise };
  });
}

function speedupOf(device: Device | null, original: Original, { preset, ep }: Pick<Goal, 'preset' | 'ep'>): string {
  return [preset, modelKind(originalFacts(original)), ep, device === null ? '' : nameOfDevice(device)].join(' ');
}

/** Keeps the measured speedup of a goal's recipe for the promises of the next models. */
export function keepGoalSpeedup(goal: Goal, ratio: number): void {
  const { original, device } = workspaceStore.getState();
  if (original === null) return;
  keepSpeedup({ of: speedupOf(device, original, goal), model: original.inspection.file.sha256, ratio });
}
