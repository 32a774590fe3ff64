/** The options of commands that evaluate, as a part of their request. */
import { ParetoError } from '../../src/engine/errors';
import { parseRequest, type DataRequest } from '../../src/work/request';
import { evaluationSettings, type EvaluationSettings } from '../../src/work/evaluate';
import { isSet, listOption, numberOption, textOption, type Invocation } from '../command';
import { readDataRequest, readRecipeFile, refuseBesideRecipe } from './data-options';
import { dimensionsOption, parseProvider } from './run-options';
import { shellOption } from '../shell-host';

export interface EvaluationOptions {
  readonly settings: EvaluationSettings;
  readonly data: DataRequest | undefined;
  readonly browser: boolean;
}

/** Throws UsageError for anything that is written wrongly or needs --browser, and what reading a recipe or mapping throws. */
export async function readEvaluationOptions(
  invocation: Invocation,
  others: readonly string[] = [],
): Promise<EvaluationOptions> {
  const browser = isSet(invocation, 'browser');
  const ep = parseProvider(textOption(invocation, 'ep') ?? 'wasm', browser);
  const recipeFile = textOption(invocation, 'recipe');
  if (recipeFile !== undefined) refuseBesideRecipe(invocation);
  const recipe = recipeFile === undefined ? undefined : await readRecipeFile(invocation, recipeFile);
  if (recipe !== undefined && recipe.data === undefined) {
    throw new ParetoError('recipe/no-data', `${recipeFile} contains no data settings. Name a mapping with --mapping.`);
  }
  const number = (name: string) => numberOption(invocation, name);
  // A whole number counts samples. `key=value`, or a share such as 0.02, limits the loss.
  const given = listOption(invocation, 'limit');
  const [counts, limits] = [false, true].map((isLoss) => given.filter((text) => /[=.]/.test(text) === isLoss)) as [
    string[],
    string[],
  ];
  const settings = {
    ep,
    limit: numberOption({ values: { limit: counts.at(-1) } }, 'limit'),
    limits: limits.length === 0 ? undefined : limits,
    seed: number('seed'),
    leaveOut: number('leave-out'),
    split: recipe?.data?.split,
    dimensions: dimensionsOption(invocation),
    batch: number('batch'),
    generate: number('generate'),
    threads: number('threads'),
  };
  const data = await readDataRequest(invocation, others);
  return {
    settings: parseRequest(evaluationSettings, settings, shellOption),
    data: data && recipe?.data ? { ...data, mapping: recipe.data.mapping } : data,
    browser,
  };
}
