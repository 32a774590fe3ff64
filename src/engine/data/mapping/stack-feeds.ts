import { ParetoError } from '../../errors';
import type { FeedData, Feeds, FeedTensor } from '../feeds';
import { ownValue } from '../../own-value';
import { productOf } from '../../product-of';

type TypedData = Exclude<FeedData, readonly string[]>;

/**
 * Joins several samples for one run: their tensors follow each other along the batch axis of each input. An input without an entry in
 * `batchAxes` has none, and the tensor of the first sample is used for all. Throws `feeds/stack` if shapes differ.
 */
export function stackFeeds(samples: readonly Feeds[], batchAxes: Readonly<Record<string, number>>): Feeds {
  const [first] = samples;
  if (first === undefined) throw new ParetoError('feeds/stack', 'There is no sample to feed.');
  if (samples.length === 1) return first;
  return Object.fromEntries(
    Object.entries(first).map(([name, tensor]) => {
      const axis = ownValue(batchAxes, name);
      return [
        name,
        axis === undefined
          ? tensor
          : concatenate(
              name,
              samples.map((feeds) => ownValue(feeds, name)),
              axis,
            ),
      ];
    }),
  );
}

/**
 * True if these samples can be one run. Every input with a batch axis must have the same shape in all of them, or must
 * be filled up to the longest.
 */
export function canStack(a: Feeds, b: Feeds): boolean {
  return haveAlike(a, b, ({ dims, filling }) => (filling === undefined ? dims : dims.slice(0, -1)));
}

/** True if these samples have equal shapes without filling. A run of them keeps these shapes, whatever samples it has. */
export function haveSameShapes(a: Feeds, b: Feeds): boolean {
  return haveAlike(a, b, ({ dims }) => dims);
}

function haveAlike(a: Feeds, b: Feeds, axesOf: (tensor: FeedTensor) => readonly number[]): boolean {
  return Object.entries(a).every(([name, tensor]) => {
    const others = ownValue(b, name)?.dims;
    return others?.length === tensor.dims.length && axesOf(tensor).every((size, axis) => size === others[axis]);
  });
}

function concatenate(name: string, given: readonly (FeedTensor | undefined)[], axis: number): FeedTensor {
  const tensors = filledAlike(given);
  const [first] = tensors;
  const { dtype, dims } = first!;
  const sameElsewhere = (tensor: FeedTensor | undefined): tensor is FeedTensor =>
    tensor?.dims.length === dims.length && dims.every((size, each) => each === axis || size === tensor.dims[each]);
  if (!tensors.every(sameElsewhere)) {
    throw new ParetoError(
      'feeds/stack',
      `Samples of different shapes cannot be batched for "${name}". Run them one at a time.`,
    );
  }
  const size = tensors.reduce((sum, tensor) => sum + tensor.dims[axis]!, 0);
  const rows = productOf(dims.slice(0, axis));
  const rowLength = productOf(dims.slice(axis + 1));
  const stacked = dims.map((each, index) => (index === axis ? size : each));
  if (Array.isArray(first!.data)) {
    const parts: (readonly string[])[] = [];
    copyRows(tensors, rows, rowLength, axis, (part, start, end) =>
      parts.push((part as readonly string[]).slice(start, end)),
    );
    return { dtype, dims: stacked, data: parts.flat() };
  }
  const like = first!.data as TypedData;
  const data = new (like.constructor as new (length: number) => TypedData)(rows * size * rowLength);
  let at = 0;
  copyRows(tensors, rows, rowLength, axis, (part, start, end) => {
    data.set((part as TypedData).subarray(start, end) as never, at);
    at += end - start;
  });
  return { dtype, dims: stacked, data };
}

/** Fills the last axis of tensors with a filling value up to the length of the longest of them. */
function filledAlike(tensors: readonly (FeedTensor | undefined)[]): readonly (FeedTensor | undefined)[] {
  const longest = tensors.reduce((most, tensor) => Math.max(most, tensor?.dims.at(-1) ?? 0), 0);
  return tensors.map((tensor) => {
    if (tensor?.filling === undefined || tensor.dims.at(-1) === longest) return tensor;
    return filled(tensor, tensor.filling, longest);
  });
}

function filled(
  { dtype, dims, data }: FeedTensor,
  { value, isLeft }: NonNullable<FeedTensor['filling']>,
  length: number,
): FeedTensor {
  const typed = data as TypedData;
  const own = dims.at(-1)!;
  const rows = productOf(dims.slice(0, -1));
  const result = new (typed.constructor as new (length: number) => TypedData)(rows * length);
  result.fill((result instanceof BigInt64Array || result instanceof BigUint64Array ? BigInt(value) : value) as never);
  for (let row = 0; row < rows; row++) {
    const part = typed.subarray(row * own, (row + 1) * own);
    result.set(part as never, row * length + (isLeft ? length - own : 0));
  }
  return { dtype, dims: [...dims.slice(0, -1), length], data: result };
}

/** Copies in the order of the result: for each row, the part of every tensor. */
function copyRows(
  tensors: readonly FeedTensor[],
  rows: number,
  rowLength: number,
  axis: number,
  copy: (data: FeedData, start: number, end: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    for (const { data, dims } of tensors) {
      const length = dims[axis]! * rowLength;
      copy(data, row * length, (row + 1) * length);
    }
  }
}
