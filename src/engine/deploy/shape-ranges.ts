/** Sizes of the inputs for tools that need them before the first request: TensorRT's profile, Core ML, warm-up. */
import type { Inspection } from '../analysis/inspection';
import { freeDimensionKey, freeDimensionsOf, type FreeDimension } from '../data/free-dimensions';
import { usualTokens } from '../data/mapping/mapping';
import { runsAlone, type BatchVerdict } from '../serving/batch-verdict';

export interface ShapeRange {
  readonly name: string;
  readonly dtype: string;
  /** False if every size is fixed. */
  readonly isFree: boolean;
  readonly least: readonly number[];
  readonly usual: readonly number[];
  readonly most: readonly number[];
}

interface SizeRange {
  readonly least: number;
  readonly usual: number;
  readonly most: number;
}

const batches: SizeRange = { least: 1, usual: 8, most: 32 };
const one: SizeRange = { least: 1, usual: 1, most: 1 };
/** A text of ordinary length times this, if the model does not state its number of positions. */
const longestTexts = 4;

/**
 * Returns the smallest, usual and largest shape of each input with a known rank. Equal symbols get equal sizes. The
 * batch exceeds one request only if the verdict allows it. Other sizes are those that Pareto runs the model with. They
 * range from 1 to the longest text that has positions, and to twice the picture.
 */
export function shapeRanges({ inputs }: Pick<Inspection, 'inputs'>, batching: BatchVerdict): readonly ShapeRange[] {
  const batch = runsAlone(batching) ? one : batches;
  const sizes = new Map(
    freeDimensionsOf(inputs).map((dimension) => [
      dimension.key,
      dimension.isBatch ? batch : sizeRange(dimension, inputs),
    ]),
  );
  return inputs.flatMap((input) => {
    const { name, dtype, shape } = input;
    if (shape === null) return [];
    const ranges = shape.map((size, axis): SizeRange => {
      const key = freeDimensionKey(input, axis);
      if (key !== undefined) return sizes.get(key)!;
      const fixed = size as number;
      return { least: fixed, usual: fixed, most: fixed };
    });
    const isFree = shape.some((_, axis) => freeDimensionKey(input, axis) !== undefined);
    const shapeOf = (bound: keyof SizeRange) => ranges.map((range) => range[bound]);
    return [{ name, dtype, isFree, least: shapeOf('least'), usual: shapeOf('usual'), most: shapeOf('most') }];
  });
}

function sizeRange({ suggested, places }: FreeDimension, inputs: Inspection['inputs']): SizeRange {
  const fed = inputs.filter(({ name }) => places.some(({ input }) => input === name));
  const isText = fed.some(({ dtype }) => dtype === 'int32' || dtype === 'int64');
  const positions = fed.flatMap(({ mostTokens }) => mostTokens ?? []);
  if (isText)
    return {
      least: 1,
      usual: suggested,
      most: Math.max(suggested, ...positions, positions.length > 0 ? 0 : longestTexts * suggested),
    };
  // A cache is empty at first, and as long as a text at last.
  if (suggested === 0) return { least: 0, usual: 0, most: longestTexts * usualTokens };
  return suggested === 1
    ? one
    : { least: Math.max(1, Math.ceil(suggested / 2)), usual: suggested, most: 2 * suggested };
}
