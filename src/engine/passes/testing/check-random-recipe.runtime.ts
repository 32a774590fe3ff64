/** Runs a random recipe on a random model, and checks the written model against the promises of every pass. */
import type { Feeds, FeedTensor } from '../../data/feeds';
import { isParetoError } from '../../errors';
import { MemorySource } from '../../onnx/byte-source';
import { decodeModel } from '../../onnx/codec/decode';
import { joinParts, encodeModel } from '../../onnx/codec/encode';
import type { Model } from '../../onnx/graph';
import { float16ToFloat32, float32ToFloat16 } from '../../onnx/half-float';
import { inspectInputs } from '../../analysis/inspect';
import { createSyntheticFeeds } from '../../data/synthetic';
import type { FreeDimensions } from '../../data/feeds';
import type { Recipe } from '../../recipe/recipe';
import { blockedVectors } from './blocked-vectors';
import { makeVariant, outputsOf } from '../../../runtime/node/testing/make-variant';

/**
 * The largest error of outputs, as a part of the signal, after passes that change almost nothing. Other passes have no
 * limit.
 */
const largestErrors: Readonly<Record<string, number>> = {
  simplify: 1e-3,
  'convert-opset': 1e-3,
  'fix-dimensions': 1e-3,
  'convert-float16': 0.05,
  'store-float16': 2e-3,
  'shorten-names': 0,
};

export interface RecipeCheck {
  readonly kind: 'good' | 'unchanged' | 'out of order' | 'invalid' | 'failed';
  readonly problem?: string;
  readonly bytes?: Uint8Array;
  readonly passes?: readonly { readonly id: string; readonly changes: number }[];
}

export interface CheckedModel {
  readonly model: Model;
  readonly dimensions: FreeDimensions;
  /** Sums do not cancel out: errors of outputs say something. */
  readonly isWellConditioned: boolean;
}

/** @param sampleCount zero: without data. @param isRepeated whether the recipe runs twice, and must give the same bytes. */
export async function checkRandomRecipe(
  { model, dimensions, isWellConditioned }: CheckedModel,
  recipe: Recipe,
  sampleCount: number,
  isRepeated: boolean,
): Promise<RecipeCheck> {
  const inputs = inspectInputs(model);
  const samples = Array.from({ length: sampleCount }, (_, seed) => createSyntheticFeeds(inputs, dimensions, seed));
  const feeds = createSyntheticFeeds(inputs, dimensions, 999);
  const original = joinParts(encodeModel(model));
  let before: Readonly<Record<string, FeedTensor>>;
  try {
    before = await outputsOf(original, feeds);
  } catch (error) {
    return { kind: 'invalid', problem: String(error) };
  }
  try {
    const made = await makeVariant(model, recipe, samples);
    const passes = made.passes.map(({ id, changes }) => ({ id, changes: changes.length }));
    const failed = (problem: string): RecipeCheck => ({ kind: 'failed', problem, passes, bytes: made.bytes });
    if (!Buffer.from(original).equals(joinParts(encodeModel(model)))) return failed('The original was changed');
    const [vector] = blockedVectors(decodeModel(new MemorySource(made.bytes)));
    if (vector !== undefined) return failed(`${vector} reads a vector in blocks`);
    if (isRepeated && !Buffer.from(made.bytes).equals((await makeVariant(model, recipe, samples)).bytes))
      return failed('Twice the same recipe gives other bytes');
    let after: Readonly<Record<string, FeedTensor>>;
    try {
      after = await outputsOf(made.bytes, feedsInTypes(feeds, made.bytes));
    } catch (error) {
      return failed(`does not run: ${String(error)}`);
    }
    const problem = differenceInForm(before, after);
    if (problem !== undefined) return failed(problem);
    const error = errorOf(before, after);
    const bound = recipe.steps.reduce((sum, { pass }) => sum + (largestErrors[pass] ?? Infinity), 0);
    if (isWellConditioned && Number.isFinite(bound) && !(error <= bound)) return failed(`Output error ${error}`);
    return { kind: passes.some(({ changes }) => changes > 0) ? 'good' : 'unchanged', bytes: made.bytes, passes };
  } catch (error) {
    if (isParetoError(error) && error.code === 'recipe/order') return { kind: 'out of order' };
    return { kind: 'failed', problem: `thrown: ${String(error)}` };
  }
}

/** Recipes may turn inputs into float16, and restore float32. */
function feedsInTypes(feeds: Feeds, bytes: Uint8Array): Feeds {
  const types = new Map(inspectInputs(decodeModel(new MemorySource(bytes))).map(({ name, dtype }) => [name, dtype]));
  const typed = ([name, tensor]: [string, FeedTensor]): [string, FeedTensor] => {
    const wanted = types.get(name);
    if (tensor.dtype === 'float32' && wanted === 'float16')
      return [name, { ...tensor, dtype: wanted, data: float32ToFloat16(tensor.data as Float32Array) }];
    if (tensor.dtype === 'float16' && wanted === 'float32')
      return [name, { ...tensor, dtype: wanted, data: float16ToFloat32(tensor.data as Uint16Array) }];
    return [name, tensor];
  };
  return Object.fromEntries(Object.entries(feeds).map(typed));
}

function numbersOf({ dtype, data }: FeedTensor): readonly number[] {
  if (dtype === 'float16') return [...float16ToFloat32(data as Uint16Array)];
  return Array.from(data as ArrayLike<number | bigint>, Number);
}

function differenceInForm(
  before: Readonly<Record<string, FeedTensor>>,
  after: Readonly<Record<string, FeedTensor>>,
): string | undefined {
  if (Object.keys(before).join() !== Object.keys(after).join()) return `Outputs are ${Object.keys(after).join()}`;
  for (const [name, tensor] of Object.entries(before)) {
    const other = after[name]!;
    if (other.dims.join() !== tensor.dims.join())
      return `${name}: [${tensor.dims.join()}] became [${other.dims.join()}]`;
    const wasFinite = numbersOf(tensor).every(Number.isFinite);
    const largest = Math.max(0, ...numbersOf(tensor).map(Math.abs));
    if (wasFinite && largest < 30_000 && !numbersOf(other).every(Number.isFinite))
      return `${name} is not finite any more`;
  }
  return undefined;
}

function errorOf(before: Readonly<Record<string, FeedTensor>>, after: Readonly<Record<string, FeedTensor>>): number {
  let [signal, noise] = [1e-12, 0];
  for (const [name, tensor] of Object.entries(before)) {
    const others = numbersOf(after[name]!);
    for (const [index, value] of numbersOf(tensor).entries()) {
      signal += value ** 2;
      noise += (value - others[index]!) ** 2;
    }
  }
  return Math.sqrt(noise / signal);
}
