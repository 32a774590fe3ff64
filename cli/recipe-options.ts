/** The passes that a command is to run: from its arguments or from a recipe file. */
import { parseOptionAssignment } from '../src/engine/passes/options';
import { formatQuoted } from '../src/engine/format';
import { goalIds, resolveGoal, type Goal, type GoalId } from '../src/engine/search/goals';
import { modelFacts } from '../src/engine/search/model-facts';
import { presetById } from '../src/engine/recipe/presets';
import { passById } from '../src/engine/passes/registry';
import type { OpenedInput } from '../src/engine/recipe/open-model';
import type { Recipe, RecipeStep } from '../src/engine/recipe/recipe';
import { integerOption, textOption, UsageError, type Invocation } from './command';
import { readRecipeFile } from './data-options';

const largestSeed = 4294967295;

/** `undefined` where none is given. Throws for one that there is not, and beside other ways to say a recipe. */
export function readGoal(invocation: Invocation): GoalId | undefined {
  const given = textOption(invocation, 'goal');
  if (given === undefined) return undefined;
  const id = goalIds.find((known) => known === given);
  if (id === undefined) throw new UsageError(`There is no goal ${formatQuoted(given)}. Goals: ${goalIds.join(', ')}.`);
  if (['recipe', 'pass', 'set'].some((name) => invocation.values[name] !== undefined)) {
    throw new UsageError('A goal chooses the passes. Use either --goal, or --pass and --recipe.');
  }
  return id;
}

/** The recipe of a goal for this model, with the reason in a line, and the safer ones. Nothing is known of the GPU. */
export function recipeOfGoal(
  invocation: Invocation,
  id: GoalId,
  { inspection, originalBytes }: Pick<OpenedInput, 'inspection' | 'originalBytes'>,
  hasData: boolean,
): Pick<Goal, 'title' | 'recipe' | 'reason' | 'safer'> {
  const model = modelFacts(inspection, originalBytes);
  const { preset, recipe, reason, safer } = resolveGoal(id, { model, hasData, device: null });
  const seed = integerOption(invocation, 'seed', { minimum: 0, maximum: largestSeed });
  const seeded = (each: Recipe): Recipe => ({ ...each, seed: seed ?? each.seed });
  return {
    title: presetById(preset).title,
    recipe: seeded(recipe),
    reason,
    safer: safer.map((each) => ({ ...each, recipe: seeded(each.recipe) })),
  };
}

/** `--set` belongs to the `--pass` before it, so the order of the arguments counts. */
export async function readRecipe(invocation: Invocation): Promise<Recipe> {
  const file = textOption(invocation, 'recipe');
  const seed = integerOption(invocation, 'seed', { minimum: 0, maximum: largestSeed });
  const steps: RecipeStep[] = [];
  for (const { name, value = '' } of invocation.tokens) {
    if (name === 'pass') steps.push({ pass: passById(value).id, enabled: true, options: {} });
    if (name !== 'set') continue;
    const step = steps.pop();
    if (!step) throw new UsageError(`--set ${value} must follow a --pass.`);
    const [key, option] = parseOptionAssignment(passById(step.pass), value);
    steps.push({ ...step, options: { ...step.options, [key]: option } });
  }
  if (file !== undefined && steps.length > 0) throw new UsageError('Use either --recipe or --pass, not both.');
  if (file !== undefined) {
    const recipe = await readRecipeFile(invocation, file);
    return seed === undefined ? recipe : { ...recipe, seed };
  }
  if (steps.length === 0) throw new UsageError('No pass given. Name one with --pass, or a recipe file with --recipe.');
  return { version: 1, seed: seed ?? 0, steps };
}
