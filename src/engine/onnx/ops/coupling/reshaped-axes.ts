/**
 * Axes that a reshape makes one, and one that it takes apart. What is left of a tensor must stay a box: of several axes that
 * become one, or that one becomes, only one may lose positions, the carrier; the others are locked.
 */
import { isLock, type AxisAtoms } from '../../coupling/atoms';
import type { Size } from '../../size';
import { lockAxis, type CouplingContext } from './coupling-rule';

/** Row-major, as the axis that they become counts; an axis alone stays what it is. */
export function mergedAtoms(
  context: CouplingContext,
  axes: readonly { readonly axis: AxisAtoms; readonly size: Size }[],
): AxisAtoms {
  if (axes.length === 0) return context.because('It has one position.');
  if (axes.length === 1) return axes[0]!.axis;
  const carrier = axes.findIndex(({ axis }) => !isLock(axis) && isFree(context, axis));
  if (carrier < 0 || axes.some(({ size }) => typeof size !== 'number')) {
    for (const { axis } of axes) lockAxis(context, axis, 'It becomes one axis with others.');
    return axes.map(({ axis }) => axis).find(isLock) ?? context.because('It becomes one axis with others.');
  }
  axes.forEach(({ axis }, at) => {
    if (at !== carrier) lockAxis(context, axis, 'It becomes one axis with another that can lose positions.');
  });
  const sizes = axes.map(({ size }) => size as number);
  const after = sizes.slice(carrier + 1).reduce((product, size) => product * size, 1);
  const total = sizes.reduce((product, size) => product * size, 1);
  const refusal = context.space.refusalOf(context.path, total);
  if (refusal !== undefined) return lockAxis(context, axes[carrier]!.axis, refusal.reason);
  const atoms = axes[carrier]!.axis as Int32Array;
  return Int32Array.from({ length: total }, (_, at) => atoms[Math.floor(at / after) % atoms.length]!);
}

/** Not all of them locked. */
function isFree({ space }: CouplingContext, atoms: Int32Array): boolean {
  return atoms.some((atom) => space.lockOf(atom) === undefined);
}

/**
 * The axes that one axis becomes. The carrier is, of the axes that leave most classes apart, the last but one where the
 * innermost axis of the tensor is taken apart (heads of attention: [heads, width]), and otherwise the last (channels in
 * groups that are shuffled: [groups, channels]).
 */
export function splitAtoms(
  context: CouplingContext,
  whole: AxisAtoms,
  sizes: readonly Size[],
  { isLast }: { readonly isLast: boolean },
): readonly AxisAtoms[] {
  if (sizes.length === 0) return [];
  if (sizes.length === 1 && typeof sizes[0] === 'number') return [whole];
  if (isLock(whole) || sizes.some((size) => typeof size !== 'number')) {
    const lock = lockAxis(context, whole, 'It is taken apart into axes of unknown size.');
    return sizes.map(() => lock);
  }
  const parts = sizes as readonly number[];
  // Sizes that a damaged file states need not fit, and beside a 0 anything does.
  if (whole.length === 0 || parts.reduce((product, size) => product * size, 1) !== whole.length) {
    const lock = lockAxis(context, whole, 'It is taken apart into axes that do not fit.');
    return sizes.map(() => lock);
  }
  const order = [...parts.keys()].toReversed();
  const candidates = isLast ? [...order.slice(1), order[0]!] : order;
  const carrier = candidates.find((axis) => classesAlong(context, whole, parts, axis) > 1) ?? candidates[0]!;
  const digit = digitOf(parts, carrier);
  const first = new Map<number, number>();
  whole.forEach((atom, at) => {
    const known = first.get(digit(at));
    if (known === undefined) first.set(digit(at), atom);
    else context.space.unite(known, atom);
  });
  const lock = context.because('It becomes one of several axes, of which another can lose positions.');
  return parts.map((size, axis) =>
    axis === carrier ? Int32Array.from({ length: size }, (_, at) => first.get(at)!) : lock,
  );
}

/** The place along one axis of a position that counts over all of them. */
function digitOf(sizes: readonly number[], axis: number): (position: number) => number {
  const after = sizes.slice(axis + 1).reduce((product, size) => product * size, 1);
  return (position) => Math.floor(position / after) % sizes[axis]!;
}

/** How many classes are left apart where all positions with the same place along an axis go together. */
function classesAlong(context: CouplingContext, whole: Int32Array, sizes: readonly number[], axis: number): number {
  const digit = digitOf(sizes, axis);
  const digits = new Map<number, Set<number>>();
  whole.forEach((atom, at) => {
    const root = context.space.classOf(atom);
    const places = digits.get(root) ?? new Set();
    digits.set(root, places.add(digit(at)));
  });
  // Places that share a class fall together.
  const parents = Array.from({ length: sizes[axis]! }, (_, at) => at);
  const find = (at: number): number => (parents[at] === at ? at : (parents[at] = find(parents[at]!)));
  for (const places of digits.values()) {
    const [one, ...others] = places;
    for (const other of others) parents[find(other)] = find(one!);
  }
  return new Set(parents.map((_, at) => find(at))).size;
}
