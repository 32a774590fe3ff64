/** The passes that a command is to run: from its arguments or from a recipe file. */
import * as v from 'valibot';
import { parseOptionAssignment } from '../../src/engine/passes/options';
import { formatList, formatQuoted } from '../../src/engine/format';
import { goalIds, type GoalId } from '../../src/engine/search/goals';
import { passById } from '../../src/engine/passes/registry';
import type { Recipe, RecipeStep } from '../../src/engine/recipe/recipe';
import { largestSeed } from '../../src/engine/seeded-random';
import { optimizeRequest, refuseApart, type OptimizeRequest } from '../../src/work/optimize';
import { parseRequest } from '../../src/work/request';
import { integerOption, isSet, listOption, numberOption, textOption, UsageError, type Invocation } from '../command';
import { shellOption } from '../shell-host';
import { readRecipeFile } from './data-options';

/** `undefined` if none is given. Throws for one that there is not, and beside other ways to say a recipe. */
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

/** `--set` belongs to the `--pass` before it, so the order of the arguments counts. */
export async function readRecipe(invocation: Invocation): Promise<Recipe> {
  const recipe = await readSharedRecipe(invocation, readSteps(invocation));
  if (recipe !== undefined) return recipe;
  throw new UsageError('No pass given. Name one with --pass, or a recipe file with --recipe.');
}

/** Recipes by part. A part that no option means has none. */
export type PartRecipes = ReadonlyMap<string, Recipe>;

/**
 * The recipes of parts: `--recipe` or the passes before the first `--part` are for all of them. The passes after
 * `--part <name>` are for that one only, and `--part <name>=<file>` replaces its recipe. Throws UsageError, and as
 * reading a recipe does.
 */
export async function readPartRecipes(invocation: Invocation, names: readonly string[]): Promise<PartRecipes> {
  const given = readSteps(invocation);
  const bounded = given.flatMap(({ part }) => part ?? []);
  const files = partFiles(invocation);
  for (const name of [...bounded, ...files.keys()]) refuseUnknownPart(name, names);
  refuseEmptyPart(invocation, bounded);
  const shared = await readSharedRecipe(
    invocation,
    given.filter(({ part }) => part === undefined),
  );
  const recipes = new Map<string, Recipe>();
  for (const name of names) {
    const file = files.get(name);
    const own = given.filter(({ part }) => part === name);
    if (file !== undefined && own.length > 0) {
      throw new UsageError(`The part ${formatQuoted(name)} has a recipe file and passes. Use either.`);
    }
    if (file !== undefined) recipes.set(name, seeded(invocation, await readRecipeFile(invocation, file)));
    else if (own.length > 0) recipes.set(name, recipeOf(invocation, [...(shared?.steps ?? []), ...own.map(stepOf)]));
    else if (shared !== undefined) recipes.set(name, shared);
  }
  return recipes;
}

interface GivenStep {
  readonly step: RecipeStep;
  /** The part that `--part` before it bounds it to. */
  readonly part: string | undefined;
}

const stepOf = ({ step }: GivenStep): RecipeStep => step;

function readSteps({ tokens }: Invocation): readonly GivenStep[] {
  const steps: GivenStep[] = [];
  let part: string | undefined;
  for (const { name, value = '' } of tokens) {
    if (name === 'part' && !value.includes('=')) part = value;
    if (name === 'pass') steps.push({ step: { pass: passById(value).id, enabled: true, options: {} }, part });
    if (name !== 'set') continue;
    const last = steps.pop();
    if (!last) throw new UsageError(`--set ${value} must follow a --pass.`);
    const [key, option] = parseOptionAssignment(passById(last.step.pass), value);
    steps.push({ ...last, step: { ...last.step, options: { ...last.step.options, [key]: option } } });
  }
  return steps;
}

/** The recipe of a file or of steps; `undefined` without either. */
async function readSharedRecipe(invocation: Invocation, given: readonly GivenStep[]): Promise<Recipe | undefined> {
  const file = textOption(invocation, 'recipe');
  if (file !== undefined && given.length > 0) throw new UsageError('Use either --recipe or --pass, not both.');
  if (file !== undefined) return seeded(invocation, await readRecipeFile(invocation, file));
  return given.length === 0 ? undefined : recipeOf(invocation, given.map(stepOf));
}

const seedOf = (invocation: Invocation): number | undefined =>
  integerOption(invocation, 'seed', { minimum: 0, maximum: largestSeed });

function recipeOf(invocation: Invocation, steps: readonly RecipeStep[]): Recipe {
  return { version: 1, seed: seedOf(invocation) ?? 0, steps };
}

function seeded(invocation: Invocation, recipe: Recipe): Recipe {
  return { ...recipe, seed: seedOf(invocation) ?? recipe.seed };
}

function partFiles(invocation: Invocation): ReadonlyMap<string, string> {
  const given = listOption(invocation, 'part').filter((text) => text.includes('='));
  const files = new Map<string, string>();
  for (const text of given) {
    const [name, file] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)];
    if (files.has(name)) throw new UsageError(`The part ${formatQuoted(name)} is given two recipe files.`);
    files.set(name, file);
  }
  return files;
}

/** Throws UsageError for a `--part` that no pass follows. */
function refuseEmptyPart(invocation: Invocation, bounded: readonly string[]): void {
  const named = listOption(invocation, 'part').filter((text) => !text.includes('='));
  const empty = named.find((name) => !bounded.includes(name));
  if (empty === undefined) return;
  throw new UsageError(`No pass follows --part ${empty}. Name one with --pass, or use --part ${empty}=<recipe file>.`);
}

function refuseUnknownPart(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  throw new UsageError(`The folder has no part ${formatQuoted(name)}. It has ${formatList(names)}.`);
}

/** The options of a wish, checked: they go together. */
export function readWish(invocation: Invocation): Pick<OptimizeRequest, 'sqnrDb' | 'seed' | 'withoutData'> {
  const request = {
    sqnrDb: numberOption(invocation, 'sqnr-db'),
    seed: numberOption(invocation, 'seed'),
    withoutData: isSet(invocation, 'without-data'),
  };
  const given = parseRequest(v.pick(optimizeRequest, ['sqnrDb', 'seed', 'withoutData']), request, shellOption);
  const { values } = invocation;
  refuseApart({ ...given, hasGoal: values.goal !== undefined, hasData: values.data !== undefined }, shellOption);
  return given;
}
