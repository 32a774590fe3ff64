/** Makes the inputs of a decoder that no data holds: an empty cache, the mask of the tokens and their positions. */
import { ParetoError } from '../../errors';
import type { FeedTensor, InputDescription } from '../feeds';
import { inputRoles, tokenAxis, tokensInput } from './input-roles';
import { convertTensor } from '../mapping/convert-tensor';
import type { MadeInput } from '../mapping/mapping';
import { productOf } from '../../product-of';

/** Returns the axis of a cache that counts tokens. Throws `mapping/cache` for an input that has none. */
export function cacheAxisOf(input: InputDescription, inputs: readonly InputDescription[]): number {
  const role = inputRoles(inputs).get(input.name);
  if (role?.kind === 'cache') return role.axis;
  throw new ParetoError(
    'mapping/cache',
    `Input "${input.name}" has no open axis that counts tokens, so it cannot be a cache. Use "state" or "value".`,
  );
}

/** Makes a cache of no tokens, of the element type of its input. @param dims with 1 on the batch axis. */
export function emptyCache({ name, dtype }: InputDescription, dims: readonly number[], axis: number): FeedTensor {
  const empty = { dtype: 'float64', dims: [0], data: new Float64Array(0) };
  return { dtype, dims: dims.with(axis, 0), data: convertTensor(empty, dtype, `The cache of input "${name}"`) };
}

/** Returns the input that masks and positions are made for. Throws `mapping/made` if the model has none. */
export function tokensBeside(input: InputDescription, inputs: readonly InputDescription[]): InputDescription {
  const tokens = tokensInput(inputs);
  if (tokens !== undefined && tokens.name !== input.name) return tokens;
  throw new ParetoError(
    'mapping/made',
    `Input "${input.name}" cannot be made, because the model has no other input of tokens. Use "array" or "value".`,
  );
}

/**
 * Makes a mask of ones, or the positions from 0 on, for the tokens of a text. In a run with longer texts they are padded like the tokens.
 * @param dims of the input; its last axis gets the length of the tokens.
 */
export function makeForTokens(
  { name, dtype }: InputDescription,
  made: MadeInput,
  tokens: FeedTensor,
  dims: readonly number[],
): FeedTensor {
  const length = tokens.dims[tokenAxis] ?? 0;
  const shape = dims.length === 0 ? dims : dims.with(dims.length - 1, length);
  const count = productOf(shape);
  const values = Float64Array.from({ length: count }, (_, index) => (made === 'mask' ? 1 : index % length));
  const data = convertTensor({ dtype: 'float64', dims: shape, data: values }, dtype, `The ${made} for input "${name}"`);
  const { filling } = tokens;
  return { dtype, dims: shape, data, ...(filling && { filling: { value: 0, isLeft: filling.isLeft } }) };
}
