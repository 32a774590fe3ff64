/** Keeping single nodes out of the passes of the recipe, by the names that their options know. */
import { findPass } from '../../../engine/passes/registry';
import type { RecipeStep } from '../../../engine/recipe/recipe';
import { changeDocument } from '../workspace/history';
import type { WorkDocument } from '../workspace/workspace-store';

const option = 'exclude';

function leftOutOf({ options }: RecipeStep): readonly string[] {
  const left = options[option];
  return Array.isArray(left) ? (left as readonly string[]) : [];
}

function leavesOut({ pass, enabled }: RecipeStep): boolean {
  return enabled && findPass(pass)?.options[option] !== undefined;
}

/** Whether a node takes part in the recipe; `null`: no step of it can leave nodes out. */
export function takesPart({ recipe }: Pick<WorkDocument, 'recipe'>, name: string): boolean | null {
  const able = recipe.steps.filter(leavesOut);
  return able.length === 0 ? null : able.some((step) => !leftOutOf(step).includes(name));
}

/** Keeps a node out of every pass that can leave nodes out, or takes it in again. One undo step. */
export function setTakesPart(name: string, takes: boolean): void {
  changeDocument(takes ? 'Take a layer in' : 'Keep a layer out', ({ recipe }) => ({
    recipe: {
      ...recipe,
      steps: recipe.steps.map((step) => {
        if (!leavesOut(step)) return step;
        const others = leftOutOf(step).filter((left) => left !== name);
        return { ...step, options: { ...step.options, [option]: takes ? others : [...others, name] } };
      }),
    },
  }));
}
