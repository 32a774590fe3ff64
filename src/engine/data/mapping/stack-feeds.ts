import { ParetoError } from '../../errors';
import type { FeedData, Feeds, FeedTensor } from '../feeds';
import { ownValue } from '../../own-value';

type TypedData = Exclude<FeedData, readonly string[]>;

/**
 * Several samples as one run: their tensors behind one another along the batch axis of each input. An input without an
 * entry in `batchAxes` has none, and the first sample's stands for all. Throws `feeds/stack` where shapes differ.
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

/** Whether these samples can be one run: every input that has a batch axis has the same shape in all of them. */
export function canStack(a: Feeds, b: Feeds): boolean {
  return Object.entries(a).every(([name, { dims }]) => {
    const others = ownValue(b, name)?.dims;
    return others?.length === dims.length && dims.every((size, axis) => size === others[axis]);
  });
}

function concatenate(name: string, tensors: readonly (FeedTensor | undefined)[], axis: number): FeedTensor {
  const [first] = tensors;
  const { dtype, dims } = first!;
  const sameElsewhere = (tensor: FeedTensor | undefined): tensor is FeedTensor =>
    tensor?.dims.length === dims.length && dims.every((size, each) => each === axis || size === tensor.dims[each]);
  if (!tensors.every(sameElsewhere)) {
    throw new ParetoError(
      'feeds/stack',
      `Samples of different shapes cannot be fed to "${name}" together. Feed them one at a time.`,
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

/** In the order in which the result holds them: of each row, what every tensor has. */
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

function productOf(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}
