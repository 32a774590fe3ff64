/** Actions of a person on the recipe. Every action is one undo step. */
import type { OptionValue } from '../../../engine/passes/option-spec';
import type { Recipe, RecipeStep } from '../../../engine/recipe/recipe';
import { withRecipeData } from '../data/data-recipe';
import { changeDocument } from '../workspace/history';
import { workspaceStore } from '../workspace/workspace-store';
import { placeOfPass } from './recipe-check';

function changeSteps(
  label: string,
  change: (steps: readonly RecipeStep[]) => readonly RecipeStep[],
  tag: string | null = null,
): void {
  changeDocument(
    label,
    ({ recipe }) => {
      const steps = change(recipe.steps);
      return steps === recipe.steps ? {} : { recipe: { ...recipe, steps } };
    },
    tag,
  );
}

function changeStep(
  label: string,
  index: number,
  change: (step: RecipeStep) => RecipeStep,
  tag: string | null = null,
): void {
  changeSteps(
    label,
    (steps) => (index in steps ? steps.map((step, at) => (at === index ? change(step) : step)) : steps),
    tag,
  );
}

/** The data part of the recipe is used if it fits the open data. */
export function replaceRecipe(recipe: Recipe, label: string): void {
  const { original } = workspaceStore.getState();
  changeDocument(label, ({ data }) => ({
    recipe,
    data: data === null || original === null ? data : withRecipeData(data, recipe, original),
  }));
}

/** Adds a pass at the end, or as near to it as the pass may stand. */
export function addStep(pass: string): void {
  const at = placeOfPass(workspaceStore.getState().recipe, pass);
  changeSteps('Add pass', (steps) => steps.toSpliced(at, 0, { pass, enabled: true, options: {} }));
}

export function removeStep(index: number): void {
  changeSteps('Remove pass', (steps) => (index in steps ? steps.filter((_, at) => at !== index) : steps));
}

export function moveStep(from: number, to: number): void {
  changeSteps('Move pass', (steps) => {
    const step = steps[from];
    if (step === undefined || from === to || to < 0 || to >= steps.length) return steps;
    const rest = steps.filter((_, at) => at !== from);
    return [...rest.slice(0, to), step, ...rest.slice(to)];
  });
}

export function setStepEnabled(index: number, enabled: boolean): void {
  changeStep(enabled ? 'Switch pass on' : 'Switch pass off', index, (step) => ({ ...step, enabled }));
}

/** `undefined` takes the option back to its default. */
export function setStepOption(index: number, name: string, value: OptionValue | undefined): void {
  const change = (step: RecipeStep): RecipeStep => {
    const { [name]: _old, ...others } = step.options;
    return { ...step, options: value === undefined ? others : { ...others, [name]: value } };
  };
  changeStep('Change option', index, change, `option:${index}:${name}`);
}

export function resetStepOptions(index: number): void {
  changeStep('Reset options', index, (step) => ({ ...step, options: {} }));
}
