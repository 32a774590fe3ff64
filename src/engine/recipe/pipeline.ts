/** Runs a recipe: pass after pass, each checked, with progress, cancellation and reuse of what was already done. */
import { isParetoError, messageOf, ParetoError } from '../errors';
import type { Inference } from '../inference';
import { dataOfBatch } from './data-of-batch';
import { checkModel } from '../onnx/check';
import { correctShapes, type CorrectedShape } from '../onnx/correct-shapes';
import type { Model } from '../onnx/graph';
import type { PassReport } from './optimization';
import type { Recipe, RecipeStep } from './recipe';
import { resolveOptions } from '../passes/options';
import type { CalibrationData } from '../data/calibration-data';
import {
  refuseWhole,
  type Change,
  type Observation,
  type Pass,
  type PassContext,
  type PassOutcome,
} from '../passes/pass';
import type { Progress } from '../progress';
import { passById } from '../passes/registry';
import { sentencesOfCost } from './step-cost';
import { createSeededRandom, type SeededRandom } from '../seeded-random';

/** Progress of a recipe: which pass of how many, and within it the pass's own. */
export interface RecipeProgress extends Progress {
  readonly pass: string;
  readonly passTitle: string;
  /** The index of the pass, from 0; `passCount` while the final model is written. */
  readonly passIndex: number;
  readonly passCount: number;
  /** It prepares the model for others, which take longer. */
  readonly isPreparation?: boolean;
  /** Passes of the recipe that stand last: they take a moment. */
  readonly endCount?: number;
}

export interface PipelineContext {
  readonly signal: AbortSignal;
  progress(progress: RecipeProgress): void;
  checkpoint(): Promise<void>;
  observe?(observation: Observation): void;
  readonly data?: CalibrationData;
  readonly teacher?: Model;
  readonly inference?: Inference;
  /** False: no step runs models to warn of its cost. */
  readonly warnsOfCost?: boolean;
  /** Called and awaited after each pass but the last, with the state from which a stopped run could continue. */
  finished?(result: PipelineResult): Promise<void>;
}

export interface PipelineResult {
  readonly model: Model;
  readonly passes: readonly PassReport[];
}

export interface ResolvedStep {
  readonly pass: Pass;
  readonly step: RecipeStep;
}

/**
 * The enabled steps of a recipe with their passes and complete options.
 * Throws `recipe/unknown-pass`, `options/…`, and `recipe/order` with the reason when the order makes no sense.
 */
export function resolveRecipe(recipe: Recipe): readonly ResolvedStep[] {
  const resolved = recipe.steps
    .filter((step) => step.enabled)
    .map((step) => {
      const pass = passById(step.pass);
      return { pass, step: { ...step, options: resolveOptions(pass, step.options) } };
    });
  const steps = resolved.map(({ step }) => step);
  for (const [index, { pass, step }] of resolved.entries()) {
    const before = resolved[index - 1]?.pass;
    const isTwice = before?.standsLast !== undefined && before.id === pass.id;
    const reason = isTwice
      ? `${pass.id} is in the recipe twice. The second one would change nothing. Keep one.`
      : ((pass.renamesOnly === true && before?.renamesOnly !== true ? undefined : before?.standsLast) ??
        pass.orderProblem?.(steps.slice(0, index), step.options));
    if (reason !== undefined) throw new ParetoError('recipe/order', reason);
  }
  return resolved;
}

/** True when a pass of the recipe uses data. Throws as `resolveRecipe` does. */
export function recipeCalibrates(recipe: Recipe): boolean {
  return calibrates(resolveRecipe(recipe));
}

/** True when a pass of the recipe learns from a teacher. Throws as `resolveRecipe` does. */
export function recipeTrains(recipe: Recipe): boolean {
  return trains(resolveRecipe(recipe));
}

function trains(steps: readonly ResolvedStep[]): boolean {
  return steps.some(({ pass, step }) => pass.trains?.(step.options) === true);
}

function calibrates(steps: readonly ResolvedStep[]): boolean {
  return steps.some(calibratesIn);
}

/** True if the step uses calibration data with its options. */
export function calibratesIn({ pass, step }: ResolvedStep): boolean {
  return typeof pass.calibrates === 'function' ? pass.calibrates(step.options) : pass.calibrates === true;
}

/**
 * Results of the beginnings of recipes, for one original model. Variants share untouched weights, so keeping them is
 * cheap; still only a few are kept. Slow results stay longer. The worth of each is the time of its last pass plus the
 * worth of the last dropped result. (GreedyDual: Young, "The k-server dual and loose competitiveness for paging",
 * Algorithmica 11, 1994.) If only age counted, a search that tries ten quick recipes in between would prune channels
 * again for each recipe that builds on them.
 */
export class RecipeCache {
  readonly #results = new Map<string, { readonly result: PipelineResult; readonly worth: number }>();
  readonly #capacity: number;
  #givenUp = 0;

  constructor(capacity = 8) {
    this.#capacity = capacity;
  }

  get(key: string): PipelineResult | undefined {
    const found = this.#results.get(key);
    if (found) this.#keep(key, found.result);
    return found?.result;
  }

  set(key: string, result: PipelineResult): void {
    this.#results.delete(key);
    if (this.#results.size >= this.#capacity) this.#giveUpLeast();
    this.#keep(key, result);
  }

  /** Stores the result as the newest. */
  #keep(key: string, result: PipelineResult): void {
    this.#results.delete(key);
    this.#results.set(key, { result, worth: this.#givenUp + (result.passes.at(-1)?.ms ?? 0) });
  }

  /** Drops the result with the least worth, and the oldest among equals. */
  #giveUpLeast(): void {
    const [least, { worth }] = [...this.#results].reduce((a, b) => (b[1].worth < a[1].worth ? b : a));
    this.#givenUp = worth;
    this.#results.delete(least);
  }
}

/**
 * Runs the enabled steps of `recipe` on `model`, which must be valid. The same recipe and model give the same result.
 * Throws as `resolveRecipe` does, and the signal's reason when canceled. Throws `pipeline/pass-failed` or the pass's
 * own code, with the pass, if a pass throws. Throws `pipeline/broken-model` if a pass returned an invalid model, which
 * is a defect of the pass.
 * @param cache results of earlier runs on this very model.
 * @param from the result of an earlier, unfinished run of this recipe on this model: its passes are not run again.
 */
export async function runPipeline(
  model: Model,
  recipe: Recipe,
  context: PipelineContext,
  cache?: RecipeCache,
  from: PipelineResult = { model, passes: [] },
): Promise<PipelineResult> {
  const steps = resolveRecipe(recipe);
  const endCount = steps.filter(({ pass }) => pass.standsLast !== undefined).length;
  let result = from;
  for (const [index, { pass, step }] of steps.entries()) {
    if (index < from.passes.length) continue;
    const key = prefixKey(recipe.seed, steps.slice(0, index + 1), context.data);
    const isLast = index === steps.length - 1;
    // Results with another teacher stay out of the cache, because its keys do not name the teacher.
    const kept = context.teacher && trains(steps.slice(0, index + 1)) ? undefined : cache;
    const known = kept?.get(key);
    if (known) {
      result = known;
      // It took long when it was made.
      if (!isLast) await context.finished?.(result);
      continue;
    }
    const report = (progress: Progress) =>
      context.progress({
        ...progress,
        pass: pass.id,
        passTitle: pass.presentation.title,
        passIndex: index,
        passCount: steps.length,
        endCount,
        ...(pass.isPreparation === true && { isPreparation: true }),
      });
    result = await runStep(
      result,
      { pass, step },
      {
        signal: context.signal,
        checkpoint: () => context.checkpoint(),
        progress: report,
        observe: (observation) => context.observe?.(observation),
        original: model,
        random: randomOfStep(recipe, index),
        ...(context.data && { data: dataOfBatch(context.data, model, result.model) }),
        ...(context.teacher && { teacher: context.teacher }),
        ...(context.inference && { inference: context.inference }),
      },
      context.warnsOfCost,
    );
    // No recipe continues from a pass that stands last, so its result is not cached.
    if (pass.standsLast === undefined) kept?.set(key, result);
    if (!isLast) await context.finished?.(result);
  }
  return result;
}

/** Each step has its own sequence, so a change to one step leaves the others unchanged. */
export function randomOfStep({ seed }: Recipe, index: number): SeededRandom {
  return createSeededRandom(seed + Math.imul(index, 0x9e3779b1));
}

async function runStep(
  before: PipelineResult,
  { pass, step }: ResolvedStep,
  context: PassContext,
  warnsOfCost = true,
): Promise<PipelineResult> {
  await context.checkpoint();
  const started = performance.now();
  const outcome = await runNamed(pass, before, () => runOrRefuse(pass, before.model, step, context), context.signal);
  const isSame = outcome.model === before.model;
  if (!isSame) assertValid(outcome.model, pass);
  const { model, corrected } = isSame ? { model: outcome.model, corrected: [] } : correctShapes(outcome.model);
  const { inference: _inference, ...withoutRuns } = context;
  const costContext = warnsOfCost ? context : withoutRuns;
  const cost = await sentencesOfCost({ pass, options: step.options }, before.model, model, costContext);
  const sentence = [outcome.sentence, ...cost].filter((text) => text !== undefined).join(' ');
  await context.checkpoint();
  const report: PassReport = {
    id: pass.id,
    options: step.options,
    ms: performance.now() - started,
    changes: [...outcome.changes, ...corrected.map(describeCorrection)],
    refusals: outcome.refusals,
    ...(outcome.details && { details: outcome.details }),
    ...(sentence !== '' && { sentence }),
  };
  return { model, passes: [...before.passes, report] };
}

/**
 * A weight whose elements cannot be read as its node requires (strings, types of a later version) is no defect of the
 * pass. The model stays unchanged, and the refusal names the weight.
 */
async function runOrRefuse(
  pass: Pass,
  model: Model,
  { options }: RecipeStep,
  context: PassContext,
): Promise<PassOutcome> {
  try {
    return await pass.run(model, options, context);
  } catch (error) {
    if (!isParetoError(error) || error.code !== 'tensor/type') throw error;
    const refusal = refuseWhole('unreadable-weight', error.message);
    return { model, changes: [], refusals: [refusal] };
  }
}

/** Adds the names of the pass and of the passes before it to an error, because errors of passes contain neither. */
async function runNamed(
  pass: Pass,
  { passes }: PipelineResult,
  run: () => Promise<PassOutcome>,
  signal: AbortSignal,
): Promise<PassOutcome> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted) throw error;
    const after = passes.length === 0 ? '' : ` after ${passes.map(({ id }) => id).join(', ')}`;
    const message = messageOf(error);
    const code = isParetoError(error) ? error.code : 'pipeline/pass-failed';
    throw new ParetoError(code, `${pass.presentation.title} (${pass.id}) failed${after}: ${message}`, { cause: error });
  }
}

/** A model that checks out while it computes its sizes may not do so any more when they are constants. */
function describeCorrection({ path, isOutput, before, after }: CorrectedShape): Change {
  const what = `Its shape is [${after}]. The file declared [${before}], which does not match the computation`;
  return { path, op: isOutput ? 'Output' : 'Value', what };
}

function assertValid(model: Model, pass: Pass): void {
  const problems = checkModel(model);
  if (problems.length === 0) return;
  throw new ParetoError(
    'pipeline/broken-model',
    `${pass.presentation.title} made an invalid model (${problems[0]?.message ?? ''}). This is a defect in Pareto: please report it with the model.`,
  );
}

/** The fingerprint of the data counts only from the first pass on that uses data. */
function prefixKey(seed: number, steps: readonly ResolvedStep[], data: CalibrationData | undefined): string {
  const fingerprint = calibrates(steps) ? data?.fingerprint : undefined;
  return JSON.stringify([seed, steps.map(({ step }) => [step.pass, step.options]), fingerprint]);
}
