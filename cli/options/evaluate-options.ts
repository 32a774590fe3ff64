import type { FreeDimensions } from '../../src/engine/data/feeds';
import type { DataMapping } from '../../src/engine/data/mapping/mapping';
import type { DataSplit, FirstSamples } from '../../src/engine/data/split';
import { ParetoError } from '../../src/engine/errors';
import type { ExecutionProvider } from '../../src/engine/metrics/cell';
import { defaultNodeThreads } from '../../src/runtime/node/node-device';
import { integerOption, listOption, textOption, type Invocation } from '../command';
import { parseLimits, type SearchLimits } from '../../src/engine/search/search-goal';
import { readGivenMapping, readRecipeFile, refuseBesideRecipe } from './data-options';
import { dimensionOptions, parseProvider } from './run-options';
import { isAssignment, readSampleChoice } from './sample-choice';

/** More tokens take minutes for each text. */
const mostGenerated = 1024;

export interface EvaluateOptions {
  readonly ep: ExecutionProvider;
  readonly browser: boolean;
  /** The given mapping. Without one it is suggested from the data and the model. */
  readonly mapping?: DataMapping;
  readonly samples: DataSplit | FirstSamples;
  readonly limits: SearchLimits;
  readonly freeDimensions: FreeDimensions;
  readonly batch?: number;
  readonly threads: number;
  /** Tokens to generate after the beginning of each text. */
  readonly generate?: number;
}

/** Throws UsageError for anything that is written wrongly or needs --browser, and what reading a recipe or mapping throws. */
export async function readEvaluateOptions(invocation: Invocation): Promise<EvaluateOptions> {
  const browser = invocation.values.browser === true;
  const ep = parseProvider(textOption(invocation, 'ep') ?? 'wasm', browser);
  const recipeFile = textOption(invocation, 'recipe');
  if (recipeFile !== undefined) refuseBesideRecipe(invocation);
  const recipe = recipeFile === undefined ? undefined : await readRecipeFile(invocation, recipeFile);
  if (recipe !== undefined && recipe.data === undefined) {
    throw new ParetoError('recipe/no-data', `${recipeFile} contains no data settings. Name a mapping with --mapping.`);
  }
  return {
    ep,
    browser,
    mapping: recipe?.data?.mapping ?? (await readGivenMapping(invocation)),
    samples: readSampleChoice(invocation, recipe?.data?.split),
    limits: parseLimits(listOption(invocation, 'limit').filter(isAssignment)),
    freeDimensions: Object.fromEntries(dimensionOptions(invocation)),
    batch: integerOption(invocation, 'batch', { minimum: 1, maximum: 65536 }),
    generate: integerOption(invocation, 'generate', { minimum: 1, maximum: mostGenerated }),
    threads: integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }) ?? defaultNodeThreads(),
  };
}
