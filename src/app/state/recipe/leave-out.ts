/** Keeping single nodes, or groups of channels, out of the passes of the recipe, by the names that their options know. */
import { findPass } from '../../../engine/passes/registry';
import type { OptionValues } from '../../../engine/passes/option-spec';
import type { Recipe, RecipeStep } from '../../../engine/recipe/recipe';
import type { SensitivityTechnique } from '../../../engine/search/sensitivity-techniques';
import { changeDocument } from '../workspace/history';
import type { WorkDocument } from '../workspace/workspace-store';
import { placeOfPass } from './recipe-check';

const option = 'exclude';

function leftOutOf({ options }: RecipeStep): readonly string[] {
  const left = options[option];
  return Array.isArray(left) ? (left as readonly string[]) : [];
}

function leavesOut({ pass, enabled }: RecipeStep): boolean {
  return enabled && findPass(pass)?.options[option] !== undefined;
}

/** True if a node takes part in the recipe; `null` if no step of it can leave nodes out. */
export function takesPart({ recipe }: Pick<WorkDocument, 'recipe'>, name: string): boolean | null {
  const able = recipe.steps.filter(leavesOut);
  return able.length === 0 ? null : able.some((step) => !leftOutOf(step).includes(name));
}

/** Keeps a node out of every pass that can leave nodes out, or takes it in again. One undo step. */
export function setTakesPart(name: string, takes: boolean): void {
  changeDocument(takes ? 'Include a layer' : 'Exclude a layer', ({ recipe }) => ({
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

type Kept = Pick<SensitivityTechnique, 'pass' | 'of' | 'usualOptions'>;

/**
 * Groups are identified by the first layer that gives their channels. They stay if none of these channels may be
 * removed.
 */
const groupOption = 'ratioByGroup';

function groupShares({ options }: RecipeStep): Readonly<Record<string, number>> {
  return (options[groupOption] ?? {}) as Readonly<Record<string, number>>;
}

const isStepOf = ({ pass }: Kept, step: RecipeStep): boolean => step.enabled && step.pass === pass;

/**
 * True if the part with this name stays unchanged in all steps of the technique that would change it; false without
 * such a step.
 */
export function isKeptOut({ recipe }: Pick<WorkDocument, 'recipe'>, technique: Kept, name: string): boolean {
  const steps = recipe.steps.filter((step) => isStepOf(technique, step));
  const stays = (step: RecipeStep): boolean =>
    technique.of === 'groups' ? groupShares(step)[name] === 0 : leftOutOf(step).includes(name);
  return steps.length > 0 && steps.every(stays);
}

/** Keeps it out of the steps of the technique, or takes it in again. A recipe without such a step gets one. One undo step. */
export function setKeptOut(technique: Kept, name: string, isOut: boolean): void {
  changeDocument(isOut ? 'Exclude a layer' : 'Include a layer', ({ recipe }) => {
    const { steps } = withStepOf(technique, recipe);
    const change = (step: RecipeStep): RecipeStep =>
      isStepOf(technique, step)
        ? { ...step, options: { ...step.options, ...keptOptions(technique, step, name, isOut) } }
        : step;
    return { recipe: { ...recipe, steps: steps.map(change) } };
  });
}

function withStepOf(technique: Kept, recipe: Recipe): Recipe {
  const { pass, usualOptions } = technique;
  if (recipe.steps.some((step) => isStepOf(technique, step))) return recipe;
  const step = { pass, enabled: true, options: usualOptions };
  return { ...recipe, steps: recipe.steps.toSpliced(placeOfPass(recipe, pass), 0, step) };
}

function keptOptions({ of }: Kept, step: RecipeStep, name: string, isOut: boolean): OptionValues {
  if (of === 'groups') {
    const others = Object.entries(groupShares(step)).filter(([group]) => group !== name);
    return { [groupOption]: Object.fromEntries([...others, ...(isOut ? [[name, 0] as const] : [])]) };
  }
  const others = leftOutOf(step).filter((left) => left !== name);
  return { [option]: isOut ? [...others, name] : others };
}

const weightsPass = 'quantize-weights';
/** What a person chose for a layer: its bits, or that it keeps its floats. `recipe`: nothing. */
export type LayerBits = '2' | '4' | '8' | 'float' | 'recipe';

const isWeightsStep = ({ pass, enabled }: RecipeStep): boolean => enabled && pass === weightsPass;

const namesIn = ({ options }: RecipeStep, name: 'include' | 'exclude'): readonly string[] =>
  (options[name] ?? []) as readonly string[];

/** The bits that a person chose for a layer, by the name that options use. */
export function bitsOfLayer({ recipe }: Pick<WorkDocument, 'recipe'>, name: string): LayerBits {
  const step = recipe.steps.find(isWeightsStep);
  if (step === undefined) return 'recipe';
  if (namesIn(step, 'exclude').includes(name)) return 'float';
  const bits = ((step.options['bitsByLayer'] ?? {}) as Readonly<Record<string, number>>)[name];
  return bits === undefined ? 'recipe' : (String(bits) as LayerBits);
}

/** Sets the bits of one layer. A recipe without quantized weights gets a step for this layer alone. One undo step. */
export function setBitsOfLayer(name: string, bits: LayerBits): void {
  changeDocument('Set the bits of a layer', ({ recipe }) => {
    const at = recipe.steps.findIndex(isWeightsStep);
    if (at >= 0) {
      const step = withBitsOf(recipe.steps[at]!, name, bits);
      return { recipe: { ...recipe, steps: recipe.steps.toSpliced(at, 1, ...(step === null ? [] : [step])) } };
    }
    if (bits === 'recipe' || bits === 'float') return { recipe };
    const options = { include: [name], bitsByLayer: { [name]: Number(bits) } };
    const step = { pass: weightsPass, enabled: true, options };
    return { recipe: { ...recipe, steps: recipe.steps.toSpliced(placeOfPass(recipe, weightsPass), 0, step) } };
  });
}

/** `null`: the step has no layer left. */
function withBitsOf(step: RecipeStep, name: string, bits: LayerBits): RecipeStep | null {
  const without = (names: readonly string[]) => names.filter((each) => each !== name);
  const isGiven = bits !== 'recipe' && bits !== 'float';
  const before = namesIn(step, 'include');
  const include = isGiven && before.length > 0 ? [...without(before), name] : without(before);
  // An empty list would take every layer.
  if (before.length > 0 && include.length === 0) return null;
  const others = Object.entries((step.options['bitsByLayer'] ?? {}) as Readonly<Record<string, number>>);
  const bitsByLayer = Object.fromEntries([
    ...others.filter(([each]) => each !== name),
    ...(isGiven ? [[name, Number(bits)] as const] : []),
  ]);
  const exclude = [...without(namesIn(step, 'exclude')), ...(bits === 'float' ? [name] : [])];
  return { ...step, options: { ...step.options, include, exclude, bitsByLayer } };
}
