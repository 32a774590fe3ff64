/** The recipe of each file that transformers.js loads. All are recipes that exist: they were measured (docs/design/quantization.md). */
import type { OptionValues } from '../../passes/option-spec';
import { presetById } from '../../recipe/presets';
import { recipeOf, type Recipe } from '../../recipe/recipe';
import type { PassReport } from '../../recipe/optimization';
import { withBeginning } from '../../search/goals';
import type { ModelFacts } from '../../search/model-facts';
import { ParetoError } from '../../errors';
import { formatQuoted } from '../../format';
import type { Dtype } from './hub-folder';

/** The dtypes that are written: all but `bnb4`, for which there is no pass. */
export type MadeDtype = Exclude<Dtype, 'bnb4'>;

export interface DtypeRecipe {
  readonly dtype: MadeDtype;
  /** A few words for a table. */
  readonly title: string;
  readonly recipe: Recipe;
}

const simplify = { pass: 'simplify', options: {} };
/**
 * WebGPU runs MatMulNBits directly, and would expand weights behind DequantizeLinear in every run. Tables of embeddings
 * get 8 bits by standard operators, because the WASM build of transformers.js 4.3 has no kernel for GatherBlockQuantized.
 */
const in4Bits = { pass: 'quantize-weights', options: { form: 'matmul-nbits', tables: '8' } };
const dynamic = (options: OptionValues) =>
  recipeOf([simplify, { pass: 'quantize-dynamic', options: { perChannel: true, ...options } }]);

const all: readonly DtypeRecipe[] = [
  { dtype: 'fp32', title: 'float32', recipe: recipeOf([]) },
  { dtype: 'fp16', title: 'float16', recipe: presetById('float16').recipe },
  { dtype: 'q8', title: 'int8 (dynamic, per token)', recipe: presetById('int8-dynamic-per-token').recipe },
  { dtype: 'int8', title: 'int8 (dynamic, per channel)', recipe: dynamic({ weightType: 'int8' }) },
  {
    dtype: 'uint8',
    title: 'uint8 (dynamic, per token)',
    // Rounding in another runtime changes MiniLM's outputs five times as much if a tensor has only one scale.
    recipe: dynamic({ weightType: 'uint8', activations: 'per-token' }),
  },
  { dtype: 'q4', title: '4-bit weights', recipe: recipeOf([simplify, in4Bits]) },
  {
    dtype: 'q4f16',
    title: '4-bit weights, float16',
    recipe: recipeOf([simplify, { pass: 'convert-float16', options: {} }, in4Bits]),
  },
];

export const madeDtypes: readonly MadeDtype[] = all.map(({ dtype }) => dtype);

/** The reason why one dtype of transformers.js is not among these, as a sentence. */
export const withoutBnb4 = 'bnb4 is not written, because Pareto has no pass for it. q4 has the same size.';

/** Throws `bundle/dtype` for a dtype that is not made. */
export function readDtypes(names: readonly string[]): readonly MadeDtype[] {
  const unknown = names.find((name) => !madeDtypes.some((dtype) => dtype === name));
  if (unknown === undefined) return madeDtypes.filter((dtype) => names.includes(dtype));
  const reason = unknown === 'bnb4' ? withoutBnb4 : `There is no dtype ${formatQuoted(unknown)}.`;
  throw new ParetoError('bundle/dtype', `${reason} Dtypes: ${madeDtypes.join(', ')}.`);
}

/** The recipes of these dtypes. Each begins with restore-float if the model is quantized already. */
export function dtypeRecipes(
  dtypes: readonly MadeDtype[],
  facts: Pick<ModelFacts, 'isLowPrecision'>,
): readonly DtypeRecipe[] {
  return all
    .filter(({ dtype }) => dtypes.includes(dtype))
    .map((each) => ({ ...each, recipe: withBeginning(each.recipe, facts) }));
}

/** Passes that change how a model is written, not its precision. */
const preparing: ReadonlySet<string> = new Set(['simplify', 'restore-float']);

/**
 * The reason why a file is left out, as a sentence: a pass that changes the precision found nothing to change.
 * `undefined` if the file is written.
 */
export function nothingMade({ dtype, recipe }: DtypeRecipe, reports: readonly PassReport[]): string | undefined {
  const meant = recipe.steps.filter(({ pass }) => !preparing.has(pass)).map(({ pass }) => pass);
  const idle = meant.filter((pass) => !reports.some(({ id, changes }) => id === pass && changes.length > 0));
  if (idle.length === 0) return undefined;
  return `${dtype} is not written, because ${idle.join(' and ')} found nothing to change.`;
}
