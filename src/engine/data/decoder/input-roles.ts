/** Finds the roles of the inputs of a decoder by their names, element types and shapes. */
import type { ShapeEntry } from '../../onnx/declared-shape';
import type { InputDescription } from '../feeds';

export type InputRole =
  /** Ids in [batch, tokens], or vectors that stand for them in [batch, tokens, width]. */
  | { readonly kind: 'tokens' }
  /** 1 for each token of the cache and of the run that counts. */
  | { readonly kind: 'mask' }
  /** The place of each token of the run in the text. */
  | { readonly kind: 'positions' }
  /** Keys or values of earlier tokens. `axis` counts these tokens. */
  | { readonly kind: 'cache'; readonly axis: number }
  /** Chooses the branch of a merged decoder that reads the cache. */
  | { readonly kind: 'cache-switch' };

/** Axis of an input of tokens that counts them. */
export const tokenAxis = 1;

const integers = /^int(32|64)$/;
const cacheTypes = /^(b?float16|float32|float64|u?int8)$/;
/** Inputs of integers beside the tokens. */
const besideTokens = /mask|position|token_?type|segment|len|count|past|cache|state|offset|processed/i;

/**
 * Returns the role of each input that has one, as exporters of Hugging Face, ONNX Runtime GenAI and sherpa name them. An input of
 * another kind is absent.
 */
export function inputRoles(inputs: readonly InputDescription[]): ReadonlyMap<string, InputRole> {
  const tokens = tokensInput(inputs);
  const batches = batchSymbols(inputs);
  const roles = new Map<string, InputRole>();
  for (const input of inputs) {
    const role = input === tokens ? ({ kind: 'tokens' } as const) : roleBeside(input, batches);
    if (role !== undefined) roles.set(input.name, role);
  }
  return roles;
}

/** Returns the input of tokens: the one with such a name, or the only one that fits. `undefined` if there is none. */
export function tokensInput(inputs: readonly InputDescription[]): InputDescription | undefined {
  const ids = inputs.filter(
    ({ name, dtype, shape }) => integers.test(dtype) && shape?.length === 2 && !besideTokens.test(name),
  );
  const named = ids.find(({ name }) => /(^|_)(input_?)?(ids?|tokens?)(_|$)/i.test(name));
  const embedded = inputs.find(
    ({ name, dtype, shape }) => dtype.startsWith('float') && shape?.length === 3 && /embeds|embeddings/i.test(name),
  );
  return named ?? embedded ?? (ids.length === 1 ? ids[0] : undefined);
}

/** True if the model keeps a cache that grows by the tokens of each run. */
export function hasGrowingCache(inputs: readonly InputDescription[]): boolean {
  return [...inputRoles(inputs).values()].some(({ kind }) => kind === 'cache');
}

/** True for an entry that a model leaves open. */
function isFree(entry: ShapeEntry | undefined): boolean {
  return !(typeof entry === 'number' && entry >= 0);
}

function roleBeside(input: InputDescription, batches: ReadonlySet<ShapeEntry>): InputRole | undefined {
  const { name, dtype, shape } = input;
  const rank = shape?.length ?? 0;
  if (dtype === 'bool' && /use_?cache/i.test(name) && rank <= 1) return { kind: 'cache-switch' };
  if (integers.test(dtype) && /position|(^|_)pos_ids?$/i.test(name) && rank >= 1) return { kind: 'positions' };
  if (/mask/i.test(name) && !/encoder/i.test(name) && rank === 2) return { kind: 'mask' };
  const axis = cacheTypes.test(dtype) ? growingAxis(input, batches) : undefined;
  return axis === undefined ? undefined : { kind: 'cache', axis };
}

/** Returns the axis of a cache that counts tokens: an open axis whose symbol does not count samples in other inputs. */
function growingAxis({ name, shape }: InputDescription, batches: ReadonlySet<ShapeEntry>): number | undefined {
  if (!/past|cache|(^|[._])kv([._]|$)/i.test(name) || shape === null || shape.length < 3) return undefined;
  const open = shape.flatMap((entry, axis) => (isFree(entry) && !isBatch(entry, batches) ? axis : []));
  const named = open.find((axis) => /past|seq|len|cache|time|total/i.test(String(shape[axis])));
  // Without a named symbol only the place decides: [batch, heads, tokens, width], or [2, batch, heads, tokens, width].
  return named ?? (shape.length > 3 ? open.findLast((axis) => axis > 1) : undefined);
}

function isBatch(entry: ShapeEntry | undefined, batches: ReadonlySet<ShapeEntry>): boolean {
  return typeof entry === 'string' && (/batch/i.test(entry) || batches.has(entry));
}

/** Returns the symbols of the first axis of inputs that are not caches. */
function batchSymbols(inputs: readonly InputDescription[]): ReadonlySet<ShapeEntry> {
  const first = inputs.filter(({ name }) => !/past|cache/i.test(name)).map(({ shape }) => shape?.[0]);
  return new Set(first.flatMap((entry) => (typeof entry === 'string' && entry !== '' ? entry : [])));
}
