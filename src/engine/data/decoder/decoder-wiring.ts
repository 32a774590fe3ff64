import type { InputDescription } from '../feeds';
import { inputRoles, type InputRole } from './input-roles';
import { cacheOutputs } from '../mapping/answering-outputs';
import type { ModelSides } from '../mapping/check-mapping';
import type { DataMapping } from '../mapping/mapping';
import { nextOutput } from './next-output';
import { suggestNextToken } from './suggest-next-token';

/** The outputs that a decoder passes from one token to the next. A variant has outputs of the same names. */
export interface DecoderOutputs {
  /** The scores of the next token, in [batch, tokens, vocabulary]. */
  readonly logits: string;
  /** Each output that continues a cache, with the input that takes it. */
  readonly caches: ReadonlyMap<string, string>;
}

/** Returns the outputs that continue caches, by the input that takes each. A cache without such an output is absent. */
export function continuedCaches(model: ModelSides): ReadonlyMap<string, string> {
  const roles = inputRoles(model.inputs);
  const continued = new Map<string, string>();
  const taken = new Set<string>();
  for (const input of model.inputs) {
    const output = roles.get(input.name)?.kind === 'cache' ? nextOutput(input, model) : undefined;
    if (output === undefined || taken.has(output.name)) continue;
    taken.add(output.name);
    continued.set(input.name, output.name);
  }
  return continued;
}

/**
 * Finds the outputs of a model that can write from its tokens alone. Returns a sentence with the reason if it cannot.
 * The cache or the tokens may be missing, a cache may have no output that continues it, or another model may feed an
 * input.
 */
export function decoderOutputs(model: ModelSides): DecoderOutputs | string {
  const roles = inputRoles(model.inputs);
  const tokens = model.inputs.find(({ name }) => roles.get(name)?.kind === 'tokens');
  const inputs = model.inputs.filter(({ name }) => roles.get(name)?.kind === 'cache');
  const other = model.inputs.find(({ name }) => !roles.has(name));
  if (tokens === undefined || inputs.length === 0)
    return 'The model keeps no cache of earlier tokens, so it does not generate text.';
  if (other !== undefined) return `Input "${other.name}" is neither tokens nor a cache: another model feeds it.`;
  const continued = continuedCaches(model);
  const lost = inputs.find(({ name }) => !continued.has(name));
  if (lost !== undefined) return `No output continues the cache "${lost.name}".`;
  const caches = new Map(Array.from(continued, ([input, output]) => [output, input] as const));
  const mapped = Object.fromEntries(Array.from(caches, ([output, input]) => [input, { cache: output }]));
  const task = suggestNextToken({ ...mapped, [tokens.name]: { array: tokens.name } }, null, model);
  return task === undefined ? 'No output holds the scores of the next token.' : { logits: task.output, caches };
}

/** Finds the same outputs in a mapping. Returns `undefined` for another task, or if the data feeds more than the tokens. */
export function decoderOutputsOf({ inputs, task }: Pick<DataMapping, 'inputs' | 'task'>): DecoderOutputs | undefined {
  const fromData = Object.values(inputs).filter((input) => 'text' in input || 'array' in input);
  const caches = cacheOutputs({ inputs });
  if (task?.kind !== 'next-token' || fromData.length !== 1 || caches.size === 0) return undefined;
  return { logits: task.output, caches };
}

/** The inputs of a model that writes, by their role. */
export interface DecoderInputs {
  readonly tokens: InputDescription;
  readonly caches: readonly { readonly input: InputDescription; readonly axis: number }[];
  readonly masks: readonly InputDescription[];
  readonly positions: readonly InputDescription[];
  readonly switches: readonly InputDescription[];
}

/**
 * Finds the inputs of a model with `decoderOutputs`, or of a variant of it, whose caches may be of another element type. Returns
 * `undefined` if an input has no role, because nobody knows its value.
 */
export function decoderInputs(inputs: readonly InputDescription[]): DecoderInputs | undefined {
  const roles = inputRoles(inputs);
  const having = (kind: InputRole['kind']) => inputs.filter(({ name }) => roles.get(name)?.kind === kind);
  const [tokens] = having('tokens');
  const caches = inputs.flatMap((input) => {
    const role = roles.get(input.name);
    return role?.kind === 'cache' ? { input, axis: role.axis } : [];
  });
  if (tokens === undefined || inputs.some(({ name }) => !roles.has(name))) return undefined;
  return {
    tokens,
    caches,
    masks: having('mask'),
    positions: having('positions'),
    switches: having('cache-switch'),
  };
}

/** Returns the number of tokens for which the model has positions, as far as its tables state it. */
export function positionsOf({ tokens, positions }: DecoderInputs): number {
  return Math.min(tokens.mostTokens ?? Infinity, ...positions.map(({ idCount }) => idCount ?? Infinity));
}
