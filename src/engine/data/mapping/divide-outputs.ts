import type { FeedData, Feeds, FeedTensor } from '../feeds';
import { ownValue } from '../../own-value';
import { productOf } from '../../product-of';

export interface OutputDivision {
  /** Samples that were run together. */
  readonly count: number;
  /** The axis that counts samples, for outputs in which it is known. In others it is the first. */
  readonly axes: Readonly<Record<string, number>>;
  /**
   * The outputs of one sample alone, if they were seen. A part of an output whose axis is not known must have their
   * shape.
   */
  readonly single: Feeds | undefined;
}

/** Divides outputs among the samples that were run together. Returns `undefined` if an output does not have a part for each of them. */
export function divideOutputs(outputs: Feeds, { count, axes, single }: OutputDivision): readonly Feeds[] | undefined {
  const parts: [name: string, FeedTensor][][] = Array.from({ length: count }, () => []);
  for (const [name, tensor] of Object.entries(outputs)) {
    const { dtype, dims } = tensor;
    const axis = ownValue(axes, name) ?? 0;
    const size = (dims[axis] ?? 0) / count;
    if (dims.length <= axis || !Number.isInteger(size)) return undefined;
    const partDims = dims.with(axis, size);
    const expected = Object.hasOwn(axes, name) || !single ? undefined : ownValue(single, name)?.dims;
    if (expected && (expected.length !== dims.length || expected.some((each, place) => each !== partDims[place]))) {
      return undefined;
    }
    parts.forEach((part, index) => {
      part.push([name, { dtype, dims: partDims, data: cut(tensor, axis, index * size, size) }]);
    });
  }
  return parts.map((part) => Object.fromEntries(part));
}

/** Cuts `size` places along an axis, from `start`. Along the first axis no data is copied. */
function cut({ data, dims }: FeedTensor, axis: number, start: number, size: number): FeedData {
  const inner = productOf(dims.slice(axis + 1));
  const rows = productOf(dims.slice(0, axis));
  const ranges = Array.from({ length: rows }, (_, row) => (row * dims[axis]! + start) * inner);
  if (!('subarray' in data)) return ranges.flatMap((from) => data.slice(from, from + size * inner));
  if (rows === 1) return data.subarray(ranges[0]!, ranges[0]! + size * inner);
  const own = data.slice(0, rows * size * inner);
  ranges.forEach((from, row) => own.set(data.subarray(from, from + size * inner) as never, row * size * inner));
  return own;
}
