/** Fits the shape of a sample to the shape of an input. A `null` is a size that is not known yet. */
import type { ShapeEntry } from '../../onnx/declared-shape';
import type { InputDescription } from '../feeds';

type Dims = readonly (number | null)[];

/**
 * Returns the shape in which values of shape `dims` fill `entries`, or `undefined` if they do not fit. Values never
 * move in memory. The shape may stay the same, gain or lose axes of size 1 ([28, 28] for [1, 28, 28]), or become a
 * single axis or the reverse ([28, 28] for [784]). Every other reshaping could mix up the meaning of axes.
 */
export function fitShape<Sizes extends Dims>(entries: readonly ShapeEntry[], dims: Sizes): Sizes | undefined {
  if (fits(entries, dims)) return dims;
  const axes = entries.filter((entry) => entry !== 1);
  const sizes = dims.filter((size) => size !== 1);
  if (fits(axes, sizes)) {
    let next = 0;
    return entries.map((entry) => (entry === 1 ? 1 : sizes[next++]!)) as unknown as Sizes;
  }
  const isOneAxis = axes.length === 1 || sizes.length === 1;
  if (!isOneAxis || !entries.every(isFixed)) return undefined;
  return productOf(sizes) === productOf(entries) ? (entries as unknown as Sizes) : undefined;
}

function fits(entries: readonly ShapeEntry[], dims: Dims): boolean {
  return (
    entries.length === dims.length &&
    dims.every((size, axis) => size === null || !isFixed(entries[axis]!) || entries[axis] === size)
  );
}

export function isFixed(entry: ShapeEntry): entry is number {
  return typeof entry === 'number' && entry >= 0;
}

/** `null` when a size is unknown. */
function productOf(sizes: Dims): number | null {
  return sizes.reduce<number | null>((product, size) => (product === null || size === null ? null : product * size), 1);
}

/** Formats a shape for people: `[N, 3, ?]`. */
export function formatShape(shape: readonly (ShapeEntry | undefined)[]): string {
  return `[${shape.map((entry) => (typeof entry === 'number' && entry < 0 ? '?' : (entry ?? '?'))).join(', ')}]`;
}

/** The way values are read: as one sample of a batch or as the whole tensor, and whether a leading axis counts steps. */
export interface Reading {
  readonly isWhole: boolean;
  readonly hasTime: boolean;
}

/**
 * Decides how values of shape `dims` are read by an input of shape `shape`.
 *
 * - As many axes as the input: the whole tensor with its batch axis (as in ONNX test data), if the sizes fit. A batch of
 *   1 is the same as one sample.
 * - One axis less, or a shape that fits then: one sample, to which the batch axis is added.
 * - In a recurrent model, whose state is fed back, a further leading axis counts steps. Data with as many axes as the
 *   input then has steps of single samples.
 *
 * `undefined` if nothing fits. An input of unknown rank takes single samples; from ONNX test data it takes whole
 * tensors.
 */
export function readingOf(
  shape: readonly ShapeEntry[] | null,
  dims: Dims,
  { isRecurrent, isTestData }: { readonly isRecurrent: boolean; readonly isTestData: boolean },
): Reading | undefined {
  if (shape === null) return { isWhole: isTestData, hasTime: false };
  const whole = { isWhole: true, hasTime: false };
  const sample = { isWhole: false, hasTime: false };
  const orders: readonly Reading[] = isTestData
    ? [whole]
    : isRecurrent && dims.length > shape.length
      ? [{ isWhole: true, hasTime: true }]
      : isRecurrent && dims.length === shape.length
        ? [{ isWhole: false, hasTime: true }, whole, sample]
        : dims.length === shape.length && dims[0] !== 1
          ? [whole, sample]
          : [sample, whole];
  return orders.find((reading) => shapeAsRead(shape, dims, reading) !== undefined);
}

/** The shape that is fed at each step, or `undefined` if the values do not fit the input so. */
export function shapeAsRead<Sizes extends Dims>(
  shape: readonly ShapeEntry[] | null,
  dims: Sizes,
  { isWhole, hasTime }: Reading,
): Sizes | undefined {
  const ofStep = hasTime ? dims.slice(1) : dims;
  if (shape === null) return (isWhole ? ofStep : [1, ...ofStep]) as unknown as Sizes;
  if (isWhole) return fitShape(shape, ofStep) as unknown as Sizes | undefined;
  const [batch, ...rest] = shape;
  // A vector of fixed length is no batch of numbers.
  if (batch === undefined || (rest.length === 0 && isFixed(batch) && batch !== 1)) return undefined;
  const fitted = fitShape(rest, ofStep);
  return fitted && ([1, ...fitted] as unknown as Sizes);
}

/** True if an input can take this many columns of numbers together. */
export function takesColumns(inputs: readonly InputDescription[], count: number): boolean {
  return (
    count > 0 &&
    inputs.some(
      ({ shape }) =>
        shape !== null && readingOf(shape, [count], { isRecurrent: false, isTestData: false }) !== undefined,
    )
  );
}
