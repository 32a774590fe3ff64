/** Inputs that may be made smaller: pictures, and the tokens of a text. */
import type { InputDescription } from './feeds';
import { freeDimensionKey, imageLayoutOf } from './free-dimensions';
import { hasGrowingCache, inputRoles, tokenAxis, tokensInput } from './decoder/input-roles';
import { usualTokens } from './mapping/mapping';

export type ShrinkableInput =
  /** Height and width are the two axes from `axis` on: both have a size, or both are free (`null`). */
  | { readonly kind: 'picture'; readonly name: string; readonly axis: number; readonly size: readonly number[] | null }
  /** `length` counts tokens: the only ones, or as many as usual if they are free. */
  | { readonly kind: 'text'; readonly name: string; readonly length: number };

/** Smaller ones are symbols, spectrograms and lines of text, whose size means something. */
const smallestSide = 96;
const shortestText = 32;
const integers = /^int(32|64)$/;

/** A decoder with a cache is no text of its own: it has none. */
export function shrinkableInputs(inputs: readonly InputDescription[]): readonly ShrinkableInput[] {
  const tokens = hasGrowingCache(inputs) ? undefined : tokensInput(inputs);
  const roles = inputRoles(inputs);
  const isNamed = tokens !== undefined && /id|token/i.test(tokens.name);
  return inputs.flatMap((input): readonly ShrinkableInput[] => {
    const picture = pictureOf(input);
    if (picture !== undefined) return [picture];
    const isText = isNamed && (input === tokens || roles.has(input.name) || sharesLength(input, tokens));
    if (!isText || !integers.test(input.dtype) || input.shape?.length !== 2) return [];
    const entry = input.shape[tokenAxis];
    const length = typeof entry === 'number' ? entry : Math.min(usualTokens, tokens.mostTokens ?? usualTokens);
    return length < shortestText ? [] : [{ kind: 'text', name: input.name, length }];
  });
}

function pictureOf(input: InputDescription): ShrinkableInput | undefined {
  const layout = input.dtype === 'float32' ? imageLayoutOf(input) : undefined;
  if (layout === undefined) return undefined;
  const axis = layout === 'NCHW' ? 2 : 1;
  const size = input.shape!.slice(axis, axis + 2);
  const isFree = [axis, axis + 1].every((each) => freeDimensionKey(input, each) !== undefined);
  if (isFree) return { kind: 'picture', name: input.name, axis, size: null };
  const isLarge = size.every((entry) => typeof entry === 'number' && entry >= smallestSide);
  return isLarge ? { kind: 'picture', name: input.name, axis, size: size as readonly number[] } : undefined;
}

function sharesLength(input: InputDescription, tokens: InputDescription): boolean {
  return input.shape?.length === 2 && input.shape[tokenAxis] === tokens.shape?.[tokenAxis];
}
