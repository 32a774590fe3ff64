/** Reads and changes the shapes that a file declares for values. */
import type { Dimension, ValueInfo } from './graph';

/** A size, a symbol, or `null` when nothing is known. */
export type ShapeEntry = number | string | null;

/** Formats the declared shape for people: `N, 3, ?`; empty if the file declares none. */
export function describeShape({ type }: ValueInfo): string {
  const texts = type?.shape?.dimensions.map((dimension) => {
    if ('size' in dimension && dimension.size !== undefined) return String(dimension.size);
    return ('symbol' in dimension && dimension.symbol) || '?';
  });
  return texts?.join(', ') ?? '';
}

/** The same object where `map` changes no dimension. */
export function mapShape(info: ValueInfo, map: (dimension: Dimension, axis: number) => Dimension): ValueInfo {
  const { type } = info;
  if (type?.shape === undefined) return info;
  const dimensions = type.shape.dimensions.map(map);
  if (dimensions.every((dimension, axis) => dimension === type.shape!.dimensions[axis])) return info;
  return { ...info, type: { ...type, shape: { ...type.shape, dimensions } } };
}

/** Sets the size of a dimension and keeps its stated meaning. */
export function withSize({ denotation, unknownFields }: Dimension, size: number): Dimension {
  return {
    size: BigInt(size),
    ...(denotation !== undefined && { denotation }),
    ...(unknownFields && { unknownFields }),
  };
}

/** The size that the file states, if it is a number. */
export function statedSize(dimension: Dimension): number | undefined {
  const isStated = 'size' in dimension && dimension.size !== undefined && dimension.size >= 0n;
  return isStated ? Number(dimension.size) : undefined;
}
