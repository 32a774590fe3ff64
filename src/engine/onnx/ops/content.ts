/** Rearranging the known elements of small tensors, row-major. */
import { mostContent, type SymbolicShape } from './operator';
import { productOf } from '../../product-of';

/** The shape, or list of elements, when all of its sizes are numbers. */
export function fixedShape(shape: SymbolicShape | undefined): readonly number[] | undefined {
  return shape?.every((size) => typeof size === 'number') ? (shape as readonly number[]) : undefined;
}

/** The elements at every combination of the indices taken along each axis. */
export function pick(
  content: SymbolicShape,
  shape: readonly number[],
  taken: readonly (readonly number[])[],
): SymbolicShape {
  let offsets: readonly number[] = [0];
  shape.forEach((size, axis) => {
    offsets = offsets.flatMap((offset) => taken[axis]!.map((index) => offset * size + index));
  });
  return offsets.map((offset) => content[offset] ?? null);
}

/** True if a list can be the elements of a tensor of that shape, and no axis is longer than the limit for followed contents. */
export function isContentOf(content: SymbolicShape, shape: readonly number[]): boolean {
  const isShort = shape.every((size) => size <= mostContent);
  return isShort && productOf(shape) === content.length;
}

/** The elements in the order of the axes `order`, which has each axis once. */
export function permute(content: SymbolicShape, shape: readonly number[], order: readonly number[]): SymbolicShape {
  const strides = shape.map((_, axis) => productOf(shape.slice(axis + 1)));
  let offsets: readonly number[] = [0];
  for (const axis of order) {
    const [size, stride] = [shape[axis] ?? 0, strides[axis] ?? 0];
    offsets = offsets.flatMap((offset) => Array.from({ length: size }, (_, index) => offset + index * stride));
  }
  return offsets.map((offset) => content[offset] ?? null);
}
