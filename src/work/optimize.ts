/** Makes a model smaller or faster by a recipe, or by the recipe of a goal. */
import * as v from 'valibot';
import { comparePlacement, type PlacementChange } from '../engine/analysis/compare-placement';
import { inspect } from '../engine/analysis/inspect';
import type { Inspection } from '../engine/analysis/inspection';
import type { CalibrationData } from '../engine/data/calibration-data';
import type { FreeDimensions } from '../engine/data/feeds';
import { ParetoError, messageOf } from '../engine/errors';
import { formatBytes, formatProvider } from '../engine/format';
import type { OutputMatch } from '../engine/metrics/cell';
import type * as onnx from '../engine/onnx/graph';
import { fixDimensions } from '../engine/passes/dimensions/fix-dimensions';
import { wrongDimensions } from '../engine/passes/dimensions/run-fix-dimensions';
import type { Optimization } from '../engine/recipe/optimization';
import type { OpenedInput } from '../engine/recipe/open-model';
import { recipeTrains, resolveRecipe } from '../engine/recipe/pipeline';
import { presetById } from '../engine/recipe/presets';
import type { Recipe, RecipeStep } from '../engine/recipe/recipe';
import * as calibrating from '../engine/recipe/recipe-calibration';
import type { RecipeHost } from '../engine/recipe/recipe-host';
import { parseRecipe } from '../engine/recipe/recipe-schema';
import { runRecipe, type RecipeRun, type RunOptions } from '../engine/recipe/run-recipe';
import {
  describeSafer,
  goalIds,
  leastGoalDb,
  needsSafer,
  resolveGoal,
  type GoalId,
  type SaferRecipe,
} from '../engine/search/goals';
import { modelFacts } from '../engine/search/model-facts';
import type { LossVerdict } from '../engine/verdict/loss-verdict';
import { matchOutputs } from '../runtime/benchmark/match-outputs';
import { runReference, type Reference } from '../runtime/benchmark/reference-outputs';
import { IdleWorkers } from '../runtime/session/idle-workers';
import { createSessionInference } from '../runtime/session/session-inference';
import { openCalibration } from './data';
import { goalVerdict } from './goal-verdict';
import type { RunningHost, VariantFiles, WorkHost, WorkModel } from './host';
import * as schema from './request';
import { parseRequest, refuseUnknownDimensions, RequestError, type OptionName } from './request';

export const optimizeRequest = v.strictObject({
  model: v.string(),
  /** The files that are written. Absent: the model file has the name of the model, and its data file one beside it. */
  file: v.optional(
    v.object({
      name: v.string(),
      dataFileName: v.optional(v.string()),
      mostDataFileBytes: v.optional(v.number()),
      storage: v.optional(v.picklist(['auto', 'external'])),
    }),
  ),
  recipe: v.optional(v.custom<Recipe | readonly Partial<RecipeStep>[]>((value) => typeof value === 'object')),
  goal: v.optional(schema.word(goalIds)),
  /** Least SQNR in dB that a goal without data keeps on random inputs. */
  sqnrDb: v.optional(schema.integer(0, 200)),
  seed: v.optional(schema.seed),
  data: v.optional(schema.dataRequest),
  samples: schema.samples,
  withoutData: schema.flag,
  teacher: v.optional(v.string()),
  /** A smaller model that learns from `model` and is written in its place. */
  student: v.optional(v.string()),
  /** To count MACs with. The model keeps its free dimensions. */
  dimensions: schema.dimensions,
  /** Refuses sizes in the recipe that the model does not have. Without it, the pass reports them. */
  strict: schema.flag,
  /** False: steps do not compare outputs to warn of what they cost. */
  warnsOfCost: schema.flag,
});

export type OptimizeRequest = v.InferOutput<typeof optimizeRequest>;

/** A recipe. A goal without data also has safer ones. */
export interface Wish {
  readonly recipe: Recipe;
  readonly title?: string;
  readonly safer?: readonly SaferRecipe[];
}

/** A variant that was made and given up, because its output error is too large. */
export interface LeftOut {
  readonly title: string;
  readonly sizeBytes: number;
  /** `null`: not a number, or no signal. */
  readonly sqnrDb: number | null;
}

export interface OptimizeReport extends Optimization {
  /** Absent without data. */
  readonly data?: calibrating.DataFacts;
  readonly teacher?: Inspection['file'];
  /** Variants that a goal gave up because their output error is too large. Absent: none. */
  readonly leftOut?: readonly LeftOut[];
  /** The loss of a goal's variant against the default limit. Absent without a goal, and if nothing could be compared. */
  readonly lossVerdict?: LossVerdict;
  /** Operators that WebGPU and WebNN leave to the CPU, before and after. */
  readonly opsNotOn: PlacementChange;
}

export interface Optimized<Model extends WorkModel, Files extends VariantFiles> {
  readonly report: OptimizeReport;
  /** The part of the report that the page keeps of a variant. */
  readonly optimization: Optimization;
  readonly inspection: Inspection;
  readonly model: Model;
  /** The caller keeps or discards them. */
  readonly files: Files;
}

export interface OptimizeHost<
  Model extends WorkModel = WorkModel,
  Files extends VariantFiles = VariantFiles,
> extends WorkHost<Model> {
  openVariant(): Files;
  /** Absent: no model runs, and passes skip what needs a run. */
  readonly running?: Pick<RunningHost, 'openSessions' | 'threads'>;
  /** What a caller keeps of a run, to continue it and to show it. */
  readonly keeps?: Pick<RunOptions, 'cache' | 'from' | 'onFinished' | 'onObservation'>;
}

/** Rejects as opening, passes and sinks do. Throws RequestError for options that do not go together, before the model is read. */
export async function optimize<Model extends WorkModel, Files extends VariantFiles>(
  value: OptimizeRequest,
  host: OptimizeHost<Model, Files>,
): Promise<Optimized<Model, Files>> {
  const request = parseRequest(optimizeRequest, value, host.option);
  const wishFor = readWish(request, host);
  const model = await host.openModel(request.student ?? request.model);
  const { opened } = model;
  refuseUnknownDimensions(request.dimensions, opened.inspection, host.option);
  const wish = wishFor(opened);
  if (request.strict === true) refuseWrongDimensions(wish.recipe, opened.inspection);
  const mayLackData = request.data !== undefined || request.withoutData === true || request.goal !== undefined;
  if (!mayLackData) calibrating.refuseRecipeWithoutData(wish.recipe, host.remedies.noData);
  const data = await openCalibration(request, wish.recipe, opened, host);
  const teacher = await openTeacher(request, wish.recipe, host);
  const idle = new IdleWorkers();
  try {
    const isGoal = request.goal !== undefined;
    const { made, files, leftOut, match } = await runWish(
      {
        model,
        wish,
        leastDb: request.sqnrDb ?? leastGoalDb,
        isCompared: isGoal && data === undefined,
        dimensions: request.dimensions ?? {},
        run: runOptionsOf(request, model, host.keeps),
        data: data?.calibration,
        teacher: teacher?.opened.model,
        openVariant: () => host.openVariant(),
      },
      { ...host, idle },
    );
    let verdict: LossVerdict | undefined;
    try {
      if (!mayLackData) calibrating.refuseUncalibrated(made.optimization.passes, host.remedies.noData);
      const { running } = host;
      if (isGoal && running !== undefined) {
        const { inputs } = made.inspection;
        const given = { dimensions: request.dimensions ?? {}, data: data?.evaluation ?? null };
        const compared = { model, files, inputs, match, ...given };
        verdict = await goalVerdict(compared, { ...host, running, idle });
      }
    } catch (error) {
      files.discard();
      throw error;
    }
    const report: OptimizeReport = {
      ...made.optimization,
      ...(data && { data: data.facts }),
      ...(teacher && { teacher: teacher.opened.inspection.file }),
      ...(leftOut.length > 0 && { leftOut }),
      ...(verdict && { lossVerdict: verdict }),
      opsNotOn: comparePlacement(placementOf(opened, request.dimensions ?? {}), made.inspection.providers),
    };
    return { report, ...made, model, files };
  } finally {
    idle.end();
  }
}

function runOptionsOf({ file, warnsOfCost }: OptimizeRequest, { name }: WorkModel, keeps: OptimizeHost['keeps']) {
  const { name: variantName = name, storage = 'auto', ...limits } = file ?? {};
  return { ...keeps, ...limits, variantName, storage, warnsOfCost } as const;
}

/** The placement of the original, with the same sizes as the variant. */
function placementOf({ model, inspection }: OpenedInput, dimensions: FreeDimensions) {
  const isAsOpened = Object.keys(dimensions).length === 0;
  return (isAsOpened ? inspection : inspect(model, inspection.file, { dimensions })).providers;
}

/** The recipe for a model. Options are checked before the model is read. */
function readWish(
  { recipe: given, goal, seed, sqnrDb, data, withoutData }: OptimizeRequest,
  host: Pick<WorkHost, 'option' | 'note'>,
): (opened: OpenedInput) => Wish {
  const { option } = host;
  refuseApart({ sqnrDb, withoutData, hasGoal: goal !== undefined, hasData: data !== undefined }, option);
  if (goal === undefined) {
    const recipe = recipeOf(given, seed);
    return () => ({ recipe });
  }
  if (given !== undefined) {
    throw new RequestError(`A goal chooses the passes. Use either ${option('goal')} or ${option('recipe')}.`);
  }
  return (opened) => wishOfGoal(goal, opened, { hasData: data !== undefined, seed }, (reason) => host.note(reason));
}

type Apart = Pick<OptimizeRequest, 'sqnrDb' | 'withoutData'> & { readonly hasGoal: boolean; readonly hasData: boolean };

/** Throws RequestError for options of which one would have no effect. */
export function refuseApart({ sqnrDb, withoutData, hasGoal, hasData }: Apart, option: OptionName): void {
  if (hasData && withoutData === true) {
    throw new RequestError(`Use either ${option('data')} or ${option('withoutData')}, not both.`);
  }
  if (!hasGoal && sqnrDb !== undefined) {
    throw new RequestError(`${option('sqnrDb')} needs ${option('goal')} without data.`);
  }
}

/** The recipe of a goal for this model, and the safer ones. Nothing is known of the GPU. */
export function wishOfGoal(
  id: GoalId,
  { inspection, originalBytes }: Pick<OpenedInput, 'inspection' | 'originalBytes'>,
  { hasData, seed }: { readonly hasData: boolean; readonly seed: number | undefined },
  onReason: (reason: string) => void,
): Wish {
  const facts = { model: modelFacts(inspection, originalBytes), hasData, device: null };
  const { preset, recipe, reason, safer, ep, isForSize } = resolveGoal(id, facts);
  onReason(isForSize ? reason : `${reason} Nothing was timed on ${formatProvider(ep)}.`);
  const seeded = (each: Recipe): Recipe => ({ ...each, seed: seed ?? each.seed });
  return {
    title: presetById(preset).title,
    recipe: seeded(recipe),
    safer: safer.map((each) => ({ ...each, recipe: seeded(each.recipe) })),
  };
}

/** Throws `recipe/…` and `options/…` for a recipe that is written wrongly. */
export function recipeOf(given: OptimizeRequest['recipe'], seed: number | undefined): Recipe {
  if (given === undefined) throw new RequestError('The recipe is missing. Set recipe to a list of passes.');
  const recipe = parseRecipe(Array.isArray(given) ? { version: 1, seed: 0, steps: given } : given);
  resolveRecipe(recipe);
  return seed === undefined ? recipe : { ...recipe, seed };
}

/** A mistyped size would leave the model half fixed, which a script would not notice. */
function refuseWrongDimensions(recipe: Recipe, { inputs }: Inspection): void {
  for (const { pass, step } of resolveRecipe(recipe)) {
    if (pass.id !== fixDimensions.id) continue;
    const [wrong] = wrongDimensions(step.options['dimensions'] as readonly string[], inputs);
    if (wrong !== undefined) throw new RequestError(`${pass.id}: ${wrong.reason}`);
  }
}

/** Refused where nothing would learn from it. */
async function openTeacher(
  { model, teacher, student }: OptimizeRequest,
  recipe: Recipe,
  host: WorkHost,
): Promise<WorkModel | undefined> {
  if (teacher === undefined && student === undefined) return undefined;
  const { option } = host;
  if (teacher !== undefined && student !== undefined) {
    throw new RequestError(`The model teaches the student. Use either ${option('teacher')} or ${option('student')}.`);
  }
  if (!recipeTrains(recipe)) {
    const given = option(teacher === undefined ? 'student' : 'teacher');
    throw new RequestError(`${given} needs a pass that trains, such as fine-tune.`);
  }
  return host.openModel(teacher ?? model);
}

export interface WishedRun<Files extends VariantFiles> {
  readonly model: WorkModel;
  readonly wish: Wish;
  /** The SQNR in dB on random inputs below which the next recipe is tried; 0: the first recipe stays. */
  readonly leastDb: number;
  /** Compares the outputs of the only recipe too. */
  readonly isCompared?: boolean;
  readonly dimensions: FreeDimensions;
  readonly run: Omit<RunOptions, 'recipe' | 'openSink' | 'onProgress' | 'data' | 'teacher' | 'dimensions'>;
  readonly data?: CalibrationData;
  readonly teacher?: onnx.Model;
  openVariant(): Files;
}

export type WishHost = Pick<
  WorkHost,
  'signal' | 'checkpoint' | 'createHash' | 'progress' | 'warn' | 'note' | 'option'
> &
  Pick<OptimizeHost, 'running'> & { readonly idle: IdleWorkers };

export interface WishRun<Files extends VariantFiles> {
  readonly made: RecipeRun;
  readonly files: Files;
  readonly leftOut: readonly LeftOut[];
  /** On random inputs. `null`: not compared. */
  readonly match: OutputMatch | null;
}

/** Runs the recipe of a wish. Without data a goal continues with safer recipes while the output error is too large. */
export async function runWish<Files extends VariantFiles>(
  wished: WishedRun<Files>,
  host: WishHost,
): Promise<WishRun<Files>> {
  const { title = '', recipe, safer = [] } = wished.wish;
  const tries = [{ title, recipe }, ...(wished.leastDb > 0 ? safer : [])];
  const { running, idle } = host;
  const inference = running && createSessionInference(() => running.openSessions(idle));
  const match = createMatcher(wished, host);
  const leftOut: LeftOut[] = [];
  let left: { title: string; match: OutputMatch } | undefined;
  for (const [index, each] of tries.entries()) {
    const files = wished.openVariant();
    try {
      const made = await runOnce(wished, each.recipe, files, { ...host, inference });
      const matched = tries.length === 1 && wished.isCompared !== true ? null : await matchOrWarn(match, files, host);
      if (left !== undefined) {
        const sentence = describeSafer(left, { title: each.title, match: matched }, wished.leastDb);
        const size = formatBytes(leftOut.at(-1)!.sizeBytes);
        host.note(`${sentence} The smaller file would have ${size}: ${host.option('sqnrDb')} 0 writes it.`);
      }
      if (matched === null || !needsSafer(matched, each.recipe, wished.leastDb) || index === tries.length - 1)
        return { made, files, leftOut, match: matched };
      left = { title: each.title, match: matched };
      leftOut.push({ title: each.title, sizeBytes: made.optimization.sizeBytes.variant, sqnrDb: matched.sqnrDb });
    } catch (error) {
      files.discard();
      throw error;
    }
    files.discard();
  }
  throw new Error('A wish has at least one recipe.');
}

function runOnce(
  { model, run, data, teacher, dimensions }: WishedRun<VariantFiles>,
  recipe: Recipe,
  files: VariantFiles,
  host: WishHost & Pick<RecipeHost, 'inference'>,
): Promise<RecipeRun> {
  const { signal, createHash, inference } = host;
  return runRecipe(
    model.opened,
    {
      ...run,
      recipe,
      openSink: (file) => files.openSink(file),
      onProgress: (progress) => host.progress(progress),
      data,
      teacher,
      dimensions,
    },
    { signal, checkpoint: () => host.checkpoint(), createHash, inference },
  );
}

/** `null` if one of the models cannot be run here. */
async function matchOrWarn(
  match: (files: VariantFiles) => Promise<OutputMatch>,
  files: VariantFiles,
  host: WishHost,
): Promise<OutputMatch | null> {
  try {
    return await match(files);
  } catch (error) {
    host.signal.throwIfAborted();
    host.warn(`Outputs were not compared: ${messageOf(error)}`);
    return null;
  }
}

/** Compares variants with the original on random inputs. The original runs once, at the first call. Rejects if one of the models cannot be run here. */
export function createMatcher(
  { model, dimensions: freeDimensions }: Pick<WishedRun<VariantFiles>, 'model' | 'dimensions'>,
  { signal, running, idle, ...host }: WishHost,
): (files: VariantFiles) => Promise<OutputMatch> {
  let reference: Promise<Reference> | undefined;
  return async (files) => {
    if (running === undefined) throw new ParetoError('runtime/none', 'No model runs here.');
    const { threads } = running;
    const sessions = running.openSessions(idle);
    host.progress({ stage: 'Comparing outputs on random inputs', done: 0, total: 1 });
    const runOriginal = async (): Promise<Reference> =>
      runReference(signal, sessions, { original: await model.files(), freeDimensions, seed: 0, threads });
    return matchOutputs(signal, sessions, await (reference ??= runOriginal()), { files: await files.files(), threads });
  };
}
