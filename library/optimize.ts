/** Changes a model by a recipe or by a goal, on any platform. */
import type { FreeDimensions } from '../src/engine/data/feeds';
import { ParetoError } from '../src/engine/errors';
import type { OutputMatch } from '../src/engine/metrics/cell';
import { presetById } from '../src/engine/recipe/presets';
import { calibrateRecipe, refuseRecipeWithoutData, refuseUncalibrated } from '../src/engine/recipe/recipe-calibration';
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
import type { ModelData, ModelSource, OptimizeOptions, OptimizeReport, OptimizeResult } from './types';

/** Optimizes with a runtime, so passes can calibrate and compare outputs. */
export async function optimizeModel(
  source: ModelSource,
  options: OptimizeOptions,
  host: LibraryHost,
): Promise<OptimizeResult> {
  const known = ['recipe', 'goal', 'data', 'samples', 'seed', 'dimensions', 'withoutData', 'sqnrDb'];
  refuseUnknownOptions(options, known);
  const wishFor = readWish(options);
  const leastDb = leastDbOf(options);
  const samples = countOf('samples', options.samples);
  const model = await readModelSource(source, host);
  refuseUnknownDimensions(options.dimensions, model.opened.model);
  const idle = new IdleWorkers();
  try {
    return await runWished(model, { wish: wishFor(model), options, leastDb, samples }, host, idle);
  } finally {
    idle.end();
  }
}

interface Wished {
  readonly wish: Wish;
  readonly options: OptimizeOptions;
  readonly leastDb: number;
  readonly samples: number | undefined;
}

const remedy = 'Set data, or run the recipe without data with withoutData.';

async function runWished(
  model: ReadModel,
  { wish, options, leastDb, samples }: Wished,
  host: LibraryHost,
  idle: IdleWorkers,
): Promise<OptimizeResult> {
  const { dimensions, data: given } = options;
  const mayLackData = options.goal !== undefined || options.withoutData === true || given !== undefined;
  if (!mayLackData) refuseRecipeWithoutData(wish.recipe, remedy);
  const recipeHost = { ...host, inference: createSessionInference(() => host.openSessions(idle)) };
  const data = given && (await openCalibration(model, wish.recipe, { given, samples }, host));
  const warnings: string[] = [];
  const { made, written, leftOut } = await runSafest(wish, leastDb, {
    signal: host.signal,
    async run(recipe) {
      const {
        report,
        written: files,
        inspection,
      } = await runInMemory(model, recipe, { dimensions, calibration: data?.calibration }, recipeHost);
      return { made: { optimization: report, inspection }, written: files };
    },
    match: createMatcher(model, dimensions, host),
    warn: (sentence) => warnings.push(sentence),
    discard: () => undefined,
  });
  if (!mayLackData) refuseUncalibrated(made.optimization.passes, remedy);
  const report: OptimizeReport = {
    ...made.optimization,
    ...(data && { data: data.facts }),
    ...(leftOut.length > 0 && { leftOut }),
    ...(warnings.length > 0 && { warnings }),
  };
  return { ...written.toModel(), report };
}

/** The recipe for a model. Options are checked before the model is read. */
function readWish(options: OptimizeOptions): (model: ReadModel) => Wish {
  if (options.goal === undefined) {
    if ('sqnrDb' in options) throw new ParetoError('options/invalid', 'sqnrDb needs a goal.');
    const recipe = recipeOf(options.recipe, options.seed);
    return () => ({ recipe });
  }
  if (options.recipe !== undefined) {
    throw new ParetoError('options/invalid', 'A goal chooses the passes. Use either goal or recipe.');
  }
  const id = wordOf('goal', options.goal, goalIds);
  const seed = seedOf(options.seed);
  const hasData = options.data !== undefined;
  return ({ opened }) => {
    const facts = modelFacts(opened.inspection, opened.originalBytes);
    // Nothing is known of the GPU.
    const { preset, recipe, safer } = resolveGoal(id, { model: facts, hasData, device: null });
    const seeded = (each: Recipe): Recipe => ({ ...each, seed: seed ?? each.seed });
    return {
      title: presetById(preset).title,
      recipe: seeded(recipe),
      safer: safer.map((each) => ({ ...each, recipe: seeded(each.recipe) })),
    };
  };
}

function leastDbOf(options: OptimizeOptions): number {
  const given = options.goal === undefined ? undefined : options.sqnrDb;
  return integerOf('sqnrDb', given, { minimum: 0, maximum: 200 }) ?? leastGoalDb;
}

async function openCalibration(
  { opened }: ReadModel,
  recipe: Recipe,
  { given, samples }: { readonly given: ModelData; readonly samples: number | undefined },
  host: LibraryHost,
) {
  const mapping = recipe.data?.mapping ?? given.mapping;
  const { dataset, chosen } = await openModelData({ ...given, mapping }, opened, host);
  return calibrateRecipe(recipe, { dataset, chosen, inputs: opened.inspection.inputs, count: samples }, host);
}

/** Compares variants with the original on random inputs. */
function createMatcher(
  { files }: ReadModel,
  dimensions: FreeDimensions | undefined,
  host: LibraryHost,
): (written: WrittenFiles) => Promise<OutputMatch> {
  let matching: Promise<ReturnType<typeof createOutputMatcher>> | undefined;
  const start = async () => {
    const { threads } = host;
    const readOriginal = () => Promise.resolve(files());
    const request = { freeDimensions: dimensions ?? {}, threads, readOriginal };
    return createOutputMatcher(host.signal, host.openSessions(), request);
  };
  return async (written) => {
    host.progress({ stage: 'Comparing outputs on random inputs', done: 0, total: 1 });
    const match = await (matching ??= start());
    return match(written.toFiles());
  };
}
