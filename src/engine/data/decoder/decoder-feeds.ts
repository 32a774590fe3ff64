/** Builds the feeds of one run of a decoder. */
import type { Feeds, FeedTensor, FreeDimensions, InputDescription } from '../feeds';
import { withSuggestedDimensions } from '../free-dimensions';
import { concreteShape } from '../synthetic';
import { convertTensor } from '../mapping/convert-tensor';
import type { DecoderInputs } from './decoder-wiring';
import { emptyCache } from './made-inputs';
import { productOf } from '../../product-of';

/** A run with a batch of 1. The session keeps the caches for later runs. */
export interface DecoderRun {
  readonly tokens: readonly number[];
  /** Tokens that the cache holds. 0 starts a text. */
  readonly past: number;
}

/** Returns the feeds of a run. The first run of a text gets empty caches. */
export function decoderFeeds(inputs: DecoderInputs, { tokens, past }: DecoderRun): Feeds {
  const count = tokens.length;
  const total = past + count;
  const made = (beside: readonly InputDescription[], length: number, value: (index: number) => number) =>
    beside.map((input) => [input.name, filled(input, length, value)] as const);
  return Object.fromEntries([
    [inputs.tokens.name, filled(inputs.tokens, count, (index) => tokens[index]!)],
    ...made(inputs.masks, total, () => 1),
    ...made(inputs.positions, count, (index) => past + index),
    ...inputs.switches.map((input) => [input.name, switched(input, past > 0)] as const),
    ...(past > 0 ? [] : emptyCaches(inputs)),
  ]);
}

function emptyCaches({ caches }: DecoderInputs): readonly (readonly [string, FeedTensor])[] {
  const inputs = caches.map(({ input }) => input);
  const sizes: FreeDimensions = withSuggestedDimensions(inputs);
  return caches.map(({ input, axis }) => [input.name, emptyCache(input, concreteShape(input, sizes), axis)]);
}

/** One row of values along the last axis, repeated along the others. */
function filled(input: InputDescription, length: number, value: (index: number) => number): FeedTensor {
  const dims = (input.shape ?? [1, length]).map((entry, axis, { length: rank }) =>
    axis === rank - 1 ? length : typeof entry === 'number' && entry > 0 ? entry : 1,
  );
  const count = productOf(dims);
  const data = Float64Array.from({ length: count }, (_, index) => value(index % length));
  return { dtype: input.dtype, dims, data: converted(input, dims, data) };
}

function switched(input: InputDescription, isOn: boolean): FeedTensor {
  const dims = (input.shape ?? []).map(() => 1);
  return { dtype: input.dtype, dims, data: converted(input, dims, Float64Array.of(isOn ? 1 : 0)) };
}

function converted({ name, dtype }: InputDescription, dims: readonly number[], data: Float64Array) {
  return convertTensor({ dtype: 'float64', dims, data }, dtype, `The values of input "${name}"`);
}
