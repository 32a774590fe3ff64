import type { Feeds, FreeDimensions, InputDescription } from './feeds';
import { hasGrowingCache, inputRoles, tokenAxis, tokensInput, type InputRole } from './decoder/input-roles';
import { usualTokens } from './mapping/mapping';
import { ownValue } from '../own-value';

/** A dimension that the model leaves open and a person must choose, with the size that Pareto would take. */
export interface FreeDimension {
  /** The symbol, or `<input>.<axis>` for an unnamed one: the key in `FreeDimensions`. */
  readonly key: string;
  /** Every place at which it occurs. */
  readonly places: readonly { readonly input: string; readonly axis: number }[];
  readonly suggested: number;
  /** True if it counts samples. A batch size sets it. */
  readonly isBatch: boolean;
  /** True if it follows from other dimensions, as the length of a mask does. It is then not chosen. */
  readonly isDependent: boolean;
  /** A sentence that explains the suggested size. */
  readonly why: string;
}

interface Suggestion {
  readonly size: number;
  readonly why: string;
}

const batch: Suggestion = { size: 1, why: 'Batch of 1, typical for one user.' };
const other: Suggestion = { size: 1, why: 'Its meaning is unknown. Most models accept 1.' };
const emptyCache: Suggestion = { size: 0, why: 'The cache is empty at first.' };
const dependentWhy = 'As long as the cache and the tokens together.';
const channels = new Set([1, 3, 4]);
const sequenceTypes = new Set(['int32', 'int64']);

/** The key of a shape entry, or `undefined` when its size is fixed. */
export function freeDimensionKey(input: InputDescription, axis: number): string | undefined {
  const entry = input.shape?.[axis];
  if (typeof entry === 'number' && entry >= 0) return undefined;
  return typeof entry === 'string' && entry !== '' ? entry : `${input.name}.${axis}`;
}

/** Lists what must be chosen before these inputs can be fed, in the order of the inputs; a shared symbol once. */
export function freeDimensionsOf(inputs: readonly InputDescription[]): readonly FreeDimension[] {
  const found = new Map<string, { places: { input: string; axis: number }[]; suggestion: Suggestion }>();
  const roles = inputRoles(inputs);
  for (const input of inputs) {
    for (let axis = 0; axis < (input.shape?.length ?? 0); axis++) {
      const key = freeDimensionKey(input, axis);
      if (key === undefined) continue;
      const entry = found.get(key) ?? { places: [], suggestion: suggest(input, axis, key, roles.get(input.name)) };
      entry.places.push({ input: input.name, axis });
      found.set(key, entry);
    }
  }
  const suggested = Object.fromEntries(Array.from(found, ([key, { suggestion }]) => [key, suggestion.size]));
  const dependent = dependentSizes(inputs, suggested);
  return [...found].map(([key, { places, suggestion }]) => {
    const size = ownValue(dependent, key);
    return {
      key,
      places,
      suggested: size ?? suggestion.size,
      isBatch: suggestion === batch,
      isDependent: size !== undefined,
      why: size === undefined ? suggestion.why : dependentWhy,
    };
  });
}

/** Returns the sizes of free dimensions in this sample, which replace `given` ones. Without a sample, only `given` ones. */
export function sizesOfFeeds(
  inputs: readonly InputDescription[],
  feeds: Feeds | undefined,
  given: FreeDimensions = {},
): FreeDimensions {
  const sizes = new Map(Object.entries(given));
  for (const input of inputs) {
    ownValue(feeds ?? {}, input.name)?.dims.forEach((size, axis) => {
      const key = freeDimensionKey(input, axis);
      if (key !== undefined) sizes.set(key, size);
    });
  }
  return Object.fromEntries(sizes);
}

/** Returns the suggested size of every free dimension, replaced by `chosen` ones. Dependent sizes follow from the result. */
export function withSuggestedDimensions(
  inputs: readonly InputDescription[],
  chosen: FreeDimensions = {},
): FreeDimensions {
  const suggestions = freeDimensionsOf(inputs).map(({ key, suggested }) => [key, suggested] as const);
  const sizes = { ...Object.fromEntries(suggestions), ...chosen };
  return { ...sizes, ...dependentSizes(inputs, sizes) };
}

/** Returns the tokens that the cache holds before the run; 0 if the model has no cache. */
export function pastTokens(inputs: readonly InputDescription[], sizes: FreeDimensions): number {
  const roles = inputRoles(inputs);
  for (const input of inputs) {
    const role = roles.get(input.name);
    if (role?.kind === 'cache') return sizeAt(input, role.axis, sizes) ?? 0;
  }
  return 0;
}

/** Returns the lengths of masks, which cover the tokens of the cache and of the run, under the symbols of the masks. */
function dependentSizes(inputs: readonly InputDescription[], sizes: FreeDimensions): FreeDimensions {
  const tokens = tokensInput(inputs);
  const length = tokens && hasGrowingCache(inputs) ? sizeAt(tokens, tokenAxis, sizes) : undefined;
  if (tokens === undefined || length === undefined) return {};
  const roles = inputRoles(inputs);
  const total = length + pastTokens(inputs, sizes);
  return Object.fromEntries(
    inputs.flatMap((input) => {
      const key = roles.get(input.name)?.kind === 'mask' ? freeDimensionKey(input, input.shape!.length - 1) : undefined;
      return key === undefined || key === freeDimensionKey(tokens, tokenAxis) ? [] : [[key, total] as const];
    }),
  );
}

function sizeAt(input: InputDescription, axis: number, sizes: FreeDimensions): number | undefined {
  const key = freeDimensionKey(input, axis);
  return key === undefined ? (input.shape?.[axis] as number | undefined) : ownValue(sizes, key);
}

/** The sizes without those that count samples, for a caller that sets the batch itself. */
export function withoutBatchSizes(inputs: readonly InputDescription[], sizes: FreeDimensions): FreeDimensions {
  const batchAxes = new Set(freeDimensionsOf(inputs).flatMap(({ key, isBatch }) => (isBatch ? [key] : [])));
  return Object.fromEntries(Object.entries(sizes).filter(([key]) => !batchAxes.has(key)));
}

/**
 * Returns sizes for open dimensions, so that a model has figures. These are the given sizes. Others get the size that
 * the page starts with and a benchmark uses. `null` if the given sizes leave none open.
 */
export function sizesToAssume(inputs: readonly InputDescription[], given: FreeDimensions): FreeDimensions | null {
  const isSized = freeDimensionsOf(inputs).every(({ key }) => ownValue(given, key) !== undefined);
  return isSized ? null : withSuggestedDimensions(inputs, given);
}

export type ImageLayout = 'NCHW' | 'NHWC';

/** The layout of an input that looks like pictures: rank 4 and 1, 3 or 4 channels in one of the two usual places. */
export function imageLayoutOf({ shape }: InputDescription): ImageLayout | undefined {
  if (shape?.length !== 4) return undefined;
  if (channels.has(shape[1] as number)) return 'NCHW';
  return channels.has(shape[3] as number) ? 'NHWC' : undefined;
}

/** Inputs that carry state from one run to the next: they are fed zeros, as at the start of a sequence. */
export function isStateInput({ name, dtype }: InputDescription): boolean {
  return dtype.startsWith('float') && /^(h|c|h_?0|c_?0|hn|cn)$|state|hidden|memory|cache|past/i.test(name);
}

function suggest(input: InputDescription, axis: number, key: string, role: InputRole | undefined): Suggestion {
  const shape = input.shape ?? [];
  if (role?.kind === 'cache') return axis === role.axis ? emptyCache : suggestForCache(shape, axis, key);
  if (isStateInput(input)) return suggestForState(shape, axis, key);
  if (imageLayoutOf(input) !== undefined) return suggestForImage(input, axis);
  if (axis === 0 || /batch|^n$/i.test(key)) return batch;
  if (/seq|length|tokens|time|frames|samples|steps/i.test(key) || shape.length === 2) {
    return suggestForSequence(input, key);
  }
  return other;
}

/** Layers stand before the samples where keys and values are one input: [2, batch, heads, tokens, width]. */
function suggestForCache(shape: readonly unknown[], axis: number, key: string): Suggestion {
  const isFirst = axis === shape.findIndex((entry) => typeof entry !== 'number');
  return isFirst || /batch/i.test(key) ? batch : other;
}

function suggestForState(shape: readonly unknown[], axis: number, key: string): Suggestion {
  if (/past|seq|length|cache/i.test(key)) return { size: 1, why: 'A short past: the state of one earlier step.' };
  const isBatch = axis === (shape.length === 3 ? 1 : 0);
  return isBatch ? batch : other;
}

function suggestForImage(input: InputDescription, axis: number): Suggestion {
  if (axis === 0) return batch;
  const [heightAxis, widthAxis] = imageLayoutOf(input) === 'NCHW' ? [2, 3] : [1, 2];
  const stated = input.statedPicture;
  if (stated !== undefined) {
    return {
      size: axis === heightAxis ? stated.height : stated.width,
      why: 'The picture size in the metadata of the model.',
    };
  }
  const height = input.shape?.[heightAxis!];
  if (axis === widthAxis && typeof height === 'number' && height > 0 && height <= 64) {
    // A fixed small height and a free width is a line of text. PP-OCR's recognizer is trained on 48 × 320.
    const size = Math.max(32, Math.ceil((height * 20) / 3 / 32) * 32);
    return {
      size,
      why: `The height is fixed at ${height}, so this is a strip such as a line of text: 20 : 3, a multiple of 32.`,
    };
  }
  return { size: 224, why: 'A common image size, a multiple of 32 as in networks that halve five times.' };
}

function suggestForSequence({ name, dtype, mostTokens = Infinity }: InputDescription, key: string): Suggestion {
  if (sequenceTypes.has(dtype)) {
    return mostTokens < usualTokens
      ? { size: mostTokens, why: 'The longest text the model has positions for, in tokens.' }
      : { size: usualTokens, why: 'A usual text length, in tokens.' };
  }
  if (/audio|sound|speech|wav|pcm|signal|samples/i.test(`${name} ${key}`)) {
    return { size: 512, why: 'A short signal: 32 ms at 16 kHz, the window of speech detectors.' };
  }
  return { size: 512, why: 'The sequence length is unknown. 512 suits many models.' };
}
