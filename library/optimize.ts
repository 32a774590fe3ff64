/** Changes a model by a recipe or by a goal, on any platform. */
import { ParetoError } from '../src/engine/errors';
import { formatList } from '../src/engine/format';
import type { OutputMatch } from '../src/engine/metrics/cell';
import type { PassReport } from '../src/engine/recipe/optimization';
import { recipeCalibrates } from '../src/engine/recipe/pipeline';
import { presetById } from '../src/engine/recipe/presets';
import { calibrateRecipe } from '../src/engine/recipe/recipe-calibration';
import type { Recipe } from '../src/engine/recipe/recipe';
import { goalIds, leastGoalDb, resolveGoal } from '../src/engine/search/goals';
import { modelFacts } from '../src/engine/search/model-facts';
import { createOutputMatcher, runSafest, type Wish } from '../src/runtime/models/run-safest';
import { IdleWorkers } from '../src/runtime/session/idle-workers';
import { createSessionInference } from '../src/runtime/session/session-inference';
import { countOf, integerOf, refuseUnknownDimensions, refuseUnknownOptions, seedOf, wordOf } from './check-options';
import type { LibraryHost } from './host';
import { readModelSource, type ReadModel, type WrittenFiles } from './model-bytes';
import { openModelData } from './model-data';
import { recipeOf, runInMemory } from './optimize-by-recipe';
import type { ModelSource, OptimizeByGoal, OptimizeOptions, OptimizeReport, OptimizeResult } from './types';

/** With a runtime: passes calibrate and compare outputs. */
export async function optimizeModel(
  source: ModelSource,
  options: OptimizeOptions,
  host: LibraryHost,
): Promise<OptimizeResult> {
  const known = ['recipe', 'goal', 'data', 'samples', 'seed', 'dimensions', 'withoutData', 'sqnrDb'];
  refuseUnknownOptions(options, known);
  const model = await readModelSource(source, host);
  refuseUnknownDimensions(options.dimensions, model.opened.model);
  const wish = wishOf(options, model);
  const idle = new IdleWorkers();
  try {
    return await runWished(model, { wish, options }, host, idle);
  } finally {
    idle.end();
  }
}

interface Wished {
  readonly wish: Wish;
  readonly options: OptimizeOptions;
}

async function runWished(
  model: ReadModel,
  { wish, options }: Wished,
  host: LibraryHost,
  idle: IdleWorkers,
): Promise<OptimizeResult> {
  const { dimensions, data: given } = options;
  const mayLackData = options.goal !== undefined || options.withoutData === true || given !== undefined;
  if (!mayLackData) refuseRecipeWithoutData(wish.recipe);
  const recipeHost = { ...host, inference: createSessionInference(() => host.openSessions(idle)) };
  const data = given && (await openCalibration(model, wish.recipe, options, host));
  const warnings: string[] = [];
  const { made, written, leftOut } = await runSafest(wish, leastDbOf(options), {
    async run(recipe) {
      const {
        report,
        written: files,
        inspection,
      } = await runInMemory(model, recipe, { dimensions, calibration: data?.calibration }, recipeHost);
      return { made: { optimization: report, inspection }, written: files };
    },
    match: createMatcher(model, options, host, (warning) => warnings.push(warning)),
    discard: () => undefined,
  });
  if (!mayLackData) refuseUncalibrated(made.optimization.passes);
  const report: OptimizeReport = {
    ...made.optimization,
    ...(data && { data: data.facts }),
    ...(leftOut.length > 0 && { leftOut }),
    ...(warnings.length > 0 && { warnings }),
  };
  return { ...written.toModel(), report };
}

function wishOf(options: OptimizeOptions, model: ReadModel): Wish {
  if (options.goal === undefined) {
    if ('sqnrDb' in options) throw new ParetoError('options/invalid', 'sqnrDb needs a goal.');
    return { recipe: recipeOf(options.recipe, options.seed) };
  }
  if (options.recipe !== undefined) {
    throw new ParetoError('options/invalid', 'A goal chooses the passes. Use either goal or recipe.');
  }
  return wishOfGoal(options, model);
}

/** Nothing is known of the GPU. */
function wishOfGoal({ goal, seed, data }: OptimizeByGoal, { opened }: ReadModel): Wish {
  const id = wordOf('goal', goal, goalIds);
  const facts = modelFacts(opened.inspection, opened.originalBytes);
  const { preset, recipe, safer } = resolveGoal(id, { model: facts, hasData: data !== undefined, device: null });
  const seeded = (each: Recipe): Recipe => ({ ...each, seed: seedOf(seed) ?? each.seed });
  return {
    title: presetById(preset).title,
    recipe: seeded(recipe),
    safer: safer.map((each) => ({ ...each, recipe: seeded(each.recipe) })),
  };
}

function leastDbOf(options: OptimizeOptions): number {
  const given = options.goal === undefined ? undefined : options.sqnrDb;
  return integerOf('sqnrDb', given, { minimum: 0, maximum: 200 }) ?? leastGoalDb;
}

async function openCalibration({ opened }: ReadModel, recipe: Recipe, options: OptimizeOptions, host: LibraryHost) {
  const mapping = recipe.data?.mapping ?? options.data!.mapping;
  const { dataset, chosen } = await openModelData({ ...options.data!, mapping }, opened, host);
  const count = countOf('samples', options.samples);
  return calibrateRecipe(recipe, { dataset, chosen, inputs: opened.inspection.inputs, count }, host);
}

/** Compares with the original on random inputs. `null` with a warning where one of the models cannot be run here. */
function createMatcher(
  { files }: ReadModel,
  { dimensions = {} }: OptimizeOptions,
  host: LibraryHost,
  warn: (warning: string) => void,
): (written: WrittenFiles) => Promise<OutputMatch | null> {
  let matching: Promise<ReturnType<typeof createOutputMatcher>> | undefined;
  const start = async () => {
    const { threads } = await host.detectDevice();
    const readOriginal = () => Promise.resolve(files());
    return createOutputMatcher(host.signal, host.openSessions(), { freeDimensions: dimensions, threads, readOriginal });
  };
  return async (written) => {
    host.progress({ stage: 'Comparing outputs on random inputs', done: 0, total: 1 });
    try {
      return await (
        await (matching ??= start())
      )(written.toFiles());
    } catch (error) {
      host.signal.throwIfAborted();
      warn(`Outputs were not compared: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  };
}

/** Throws `data/missing` for a recipe that was made with data. */
function refuseRecipeWithoutData(recipe: Recipe): void {
  if (recipe.data !== undefined && recipeCalibrates(recipe)) throw missingData('The recipe was made with data');
}

/** Throws `data/missing` where passes did nothing for want of data. */
function refuseUncalibrated(reports: readonly PassReport[]): void {
  const idle = reports.filter(({ refusals }) => refusals.some(({ code }) => code === 'no-data')).map(({ id }) => id);
  if (idle.length > 0)
    throw missingData(`${formatList([...new Set(idle)])} ${idle.length === 1 ? 'needs' : 'need'} data`);
}

function missingData(why: string): ParetoError {
  return new ParetoError(
    'data/missing',
    `${why}, and there is none. Set data, or run the recipe without data with withoutData.`,
  );
}
