/** Makes a model ready for `compileModel`: every dimension gets a size, and what is constant is computed. */
import { inspectInputs } from '../analysis/inspect';
import { inputRoles } from '../data/decoder/input-roles';
import { freeDimensionsOf, pastTokens, withSuggestedDimensions } from '../data/free-dimensions';
import type { FreeDimensions } from '../data/feeds';
import { createSyntheticFeeds } from '../data/synthetic';
import { ParetoError } from '../errors';
import type { Model } from '../onnx/graph';
import { ownValue } from '../own-value';
import type { Refusal } from '../passes/pass';
import { runPipeline, type PipelineContext } from '../recipe/pipeline';
import { recipeOf } from '../recipe/recipe';
import { compileModel, type Build, type Compilation } from './compile-model';
import { decidingInputs, valuesIn, withFixedInputs, type FixedValues } from './fixed-inputs';

/** Constants that a fixed shape makes are few and small, so a limit on their growth does not apply. */
const maxFoldedBytes = 2 ** 26;

/** The weights are in memory several times while they are packed. */
const mostModelBytes = 512_000_000;

/** Throws `compile/size` for a model that is not compiled. */
export function refuseLargeModel(sizeBytes: number): void {
  if (sizeBytes <= mostModelBytes) return;
  throw new ParetoError('compile/size', `Models above ${mostModelBytes / 1e6} MB are not compiled.`);
}

/** Dimensions that are not given get the sizes that Pareto uses for random inputs. Throws as `runPipeline` does. */
export async function prepareModel(model: Model, dimensions: FreeDimensions, context: PipelineContext): Promise<Model> {
  const inputs = inspectInputs(model);
  const free = freeDimensionsOf(inputs);
  const sizes = withSuggestedDimensions(inputs, dimensions);
  const stated = free.map(({ key }) => `${key}=${ownValue(sizes, key)}`);
  const fixed = { pass: 'fix-dimensions', options: { dimensions: stated } };
  const simplified = { pass: 'simplify', options: { maxFoldedBytes } };
  // Newer operator sets have operators for what exporters write as several nodes.
  const newer = { pass: 'convert-opset', options: { target: '21' } };
  const recipe = recipeOf(free.length > 0 ? [fixed, newer, simplified] : [newer, simplified]);
  return (await runPipeline(model, recipe, { ...context, warnsOfCost: false })).model;
}

/** What a module is made for. */
export interface FixedModel {
  readonly dimensions: FreeDimensions;
  /** Inputs of one number that become constants. */
  readonly values?: FixedValues;
  /** Values of inputs that have to become constants. Absent: those of random inputs. */
  readonly usualValues?: FixedValues;
}

export type PreparedCompilation = Compilation & { readonly prepared: Model; readonly values: FixedValues };

/**
 * Prepares and compiles a model. If it is refused and an input of one number decides between its branches, as a sample rate does, the module
 * is made for one value of this input. Throws as `runPipeline` does.
 */
export async function compilePrepared(
  model: Model,
  { dimensions, values = {}, usualValues = {} }: FixedModel,
  builds: readonly Build[],
  context: PipelineContext,
): Promise<PreparedCompilation> {
  const cache = emptyCacheOf(model, dimensions);
  if (cache !== undefined) return { refusals: [cache], prepared: model, values };
  const attempt = async (fixed: FixedValues): Promise<PreparedCompilation> => {
    const prepared = await prepareModel(withFixedInputs(model, fixed), dimensions, context);
    return { ...compileModel(prepared, builds), prepared, values: fixed };
  };
  const first = await attempt(values);
  const deciding = decidingInputs(withFixedInputs(model, values));
  if (first.refusals === undefined || deciding.length === 0) return first;
  const suggested = valuesIn(createSyntheticFeeds(deciding, {}, 0), deciding);
  const chosen = deciding.map(({ name }) => [name, ownValue(usualValues, name) ?? suggested[name]!] as const);
  const second = await attempt({ ...Object.fromEntries(chosen), ...values });
  return second.refusals === undefined ? second : first;
}

/** The refusal of a cache without tokens: it would have to grow. */
function emptyCacheOf(model: Model, dimensions: FreeDimensions): Refusal | undefined {
  const inputs = inspectInputs(model);
  const cache = [...inputRoles(inputs)].find(([, { kind }]) => kind === 'cache')?.[0];
  if (cache === undefined || pastTokens(inputs, withSuggestedDimensions(inputs, dimensions)) > 0) return undefined;
  const reason = 'It is a cache that grows with each token, but the shapes of a module are fixed.';
  return { path: `graph/${cache}`, op: 'Input', code: 'compile/refused', reason };
}
