import { isSameSize, type Size } from '../../onnx/size';

/**
 * Returns the target of a Reshape from one shape to another. It holds numbers, 0 for a size that the input has in the
 * same place, and at most one −1. `undefined` if there is no such target.
 */
export function reshapeTarget(
  input: readonly Size[] | undefined,
  shape: readonly Size[] | undefined,
): readonly number[] | undefined {
  // An empty dimension would be read as "keep".
  if (shape === undefined || shape.includes(0)) return undefined;
  const target = shape.map((size, axis) => {
    if (typeof size === 'number') return size;
    return isSameSize(size, input?.[axis] ?? null) ? 0 : undefined;
  });
  const open = target.flatMap((size, axis) => (size === undefined ? [axis] : []));
  if (open.length > 1) return undefined;
  return target.map((size) => size ?? -1);
}
