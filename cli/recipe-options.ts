/** The passes that a command is to run: from its arguments or from a recipe file. */
import { parseOptionAssignment } from '../src/engine/passes/options';
import { passById } from '../src/engine/passes/registry';
import type { Recipe, RecipeStep } from '../src/engine/recipe/recipe';
import { integerOption, textOption, UsageError, type Invocation } from './command';
import { readRecipeFile } from './data-options';

export const largestSeed = 4294967295;

/** `--set` belongs to the `--pass` before it, so the order of the arguments counts. */
export async function readRecipe(invocation: Invocation): Promise<Recipe> {
  const file = textOption(invocation, 'recipe');
  const seed = integerOption(invocation, 'seed', { minimum: 0, maximum: largestSeed });
  const steps: RecipeStep[] = [];
  for (const { name, value = '' } of invocation.tokens) {
    if (name === 'pass') steps.push({ pass: passById(value).id, enabled: true, options: {} });
    if (name !== 'set') continue;
    const step = steps.pop();
    if (!step) throw new UsageError(`--set ${value} stands before any --pass.`);
    const [key, option] = parseOptionAssignment(passById(step.pass), value);
    steps.push({ ...step, options: { ...step.options, [key]: option } });
  }
  if (file !== undefined && steps.length > 0) throw new UsageError('Give either --recipe or --pass, not both.');
  if (file !== undefined) {
    const recipe = await readRecipeFile(invocation, file);
    return seed === undefined ? recipe : { ...recipe, seed };
  }
  if (steps.length === 0) throw new UsageError('No pass given: name one with --pass, or a recipe file with --recipe.');
  return { version: 1, seed: seed ?? 0, steps };
}
