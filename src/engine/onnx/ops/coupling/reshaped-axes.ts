/**
 * Handles axes that a reshape joins, and an axis that it splits. The rest of a tensor must stay a box, so only one of
 * the joined or split axes may lose positions, the carrier. The others are locked.
 */
import { isLock, type AxisAtoms } from '../../coupling/atoms';
import type { Size } from '../../size';
import { lockAxis, type CouplingContext } from './coupling-rule';
import { productOf } from '../../../product-of';

/** Row-major, as the axis that they become counts. An axis alone stays unchanged. */
export function mergedAtoms(context: CouplingContext, axes: readonly SizedAxis[], at: number): AxisAtoms {
  if (axes.length === 0) return context.because('It has one position.');
  if (axes.length === 1) return axes[0]!.axis;
  const key = `${context.path} merges ${at}`;
  const isCandidate = (axis: AxisAtoms): boolean => !isLock(axis) && isFree(context, axis);
  const candidates = axes.flatMap(({ axis }, own) => (isCandidate(axis) ? [own] : []));
  const carrier = candidates.find((own) => !context.carriers.isExcluded(key, own)) ?? candidates[0] ?? -1;
  if (carrier < 0 || axes.some(({ size }) => typeof size !== 'number')) {
    const reason = 'It merges them with other axes that stay, or whose size is unknown.';
    for (const { axis } of axes) lockAxis(context, axis, reason);
    return carrier < 0
      ? (axes.map(({ axis }) => axis).find(isLock) ?? context.because(reason))
      : context.because(reason);
  }
  if (candidates.length > 1) context.carriers.add(key, carrier, axes[carrier]!.axis);
  axes.forEach(({ axis }, own) => {
    if (own !== carrier) lockAxis(context, axis, 'It merges them with others, of which only one kind can be removed.');
  });
  const sizes = axes.map(({ size }) => size as number);
  const after = productOf(sizes.slice(carrier + 1));
  const total = productOf(sizes);
  const refusal = context.space.refusalOf(context.path, total);
  if (refusal !== undefined) return lockAxis(context, axes[carrier]!.axis, refusal.reason);
  const atoms = axes[carrier]!.axis as Int32Array;
  return Int32Array.from({ length: total }, (_, own) => atoms[Math.floor(own / after) % atoms.length]!);
}

/** True if not all of the atoms are locked. */
function isFree({ space }: CouplingContext, atoms: Int32Array): boolean {
  return atoms.some((atom) => space.lockOf(atom) === undefined);
}

/**
 * Returns the axes that one axis is split into. The carrier is among the axes that keep most classes apart. It is the
 * last but one if the innermost axis of the tensor is split (heads of attention: [heads, width]). Otherwise it is the
 * last (groups of shuffled channels: [groups, channels]).
 */
export function splitAtoms(
  context: CouplingContext,
  whole: AxisAtoms,
  sizes: readonly Size[],
  { isLast, at }: { readonly isLast: boolean; readonly at: number },
): readonly AxisAtoms[] {
  if (sizes.length === 0) return [];
  if (sizes.length === 1 && typeof sizes[0] === 'number') return [whole];
  if (isLock(whole) || sizes.some((size) => typeof size !== 'number')) {
    const lock = lockAxis(context, whole, 'It splits them into axes of unknown size.');
    return sizes.map(() => lock);
  }
  const parts = sizes as readonly number[];
  // Sizes that a damaged file states need not fit, and beside a 0 anything does.
  if (whole.length === 0 || productOf(parts) !== whole.length) {
    const lock = lockAxis(context, whole, 'It splits them into axes that do not match.');
    return sizes.map(() => lock);
  }
  const order = [...parts.keys()].toReversed();
  const candidates = isLast ? [...order.slice(1), order[0]!] : order;
  const key = `${context.path} splits ${at}`;
  const apart = candidates.filter((axis) => classesAlong(context, whole, parts, axis) > 1);
  const carrier = apart.find((axis) => !context.carriers.isExcluded(key, axis)) ?? apart[0] ?? candidates[0]!;
  const digit = digitOf(parts, carrier);
  const first = new Map<number, number>();
  whole.forEach((atom, own) => {
    const known = first.get(digit(own));
    if (known === undefined) first.set(digit(own), atom);
    else context.space.unite(known, atom);
  });
  const lock = context.because('It splits them, and only one of the parts can get narrower.');
  const carried = Int32Array.from({ length: parts[carrier]! }, (_, own) => first.get(own)!);
  if (apart.length > 1) context.carriers.add(key, carrier, carried);
  return parts.map((_, axis) => (axis === carrier ? carried : lock));
}

interface SizedAxis {
  readonly axis: AxisAtoms;
  readonly size: Size;
}

/**
 * Returns the output axes of a reshape with unknown sizes, if the first or last sizes still determine the first or last
 * axis. One of both sizes must be a multiple of the other. Examples are groups of channels over a picture of any size,
 * and heads next to a free batch. All other axes are locked. `undefined` if everything is known, or if nothing can be
 * determined.
 */
export function carriedAtEnd(
  context: CouplingContext,
  axes: readonly SizedAxis[],
  sizes: readonly Size[],
): readonly AxisAtoms[] | undefined {
  const isKnown = [...axes.map(({ size }) => size), ...sizes].every((size) => typeof size === 'number');
  if (isKnown || axes.length === 0 || sizes.length === 0) return undefined;
  for (const end of ['first', 'last'] as const) {
    const from = end === 'first' ? axes[0]! : axes.at(-1)!;
    const size = end === 'first' ? sizes[0] : sizes.at(-1);
    if (isLock(from.axis) || typeof size !== 'number' || !isFree(context, from.axis)) continue;
    const carried = resizedAtoms(context, from.axis, size, end);
    if (carried === undefined) continue;
    const lock = context.because('It reshapes them with unknown sizes.');
    for (const other of axes) if (other !== from) lockAxis(context, other.axis, lock.reason);
    return sizes.map((_, at) => (at === (end === 'first' ? 0 : sizes.length - 1) ? carried : lock));
  }
  return undefined;
}

/** Positions that fall on the same one go together: runs of them at the first axis, every so many at the last. */
function resizedAtoms(
  { space }: CouplingContext,
  atoms: Int32Array,
  size: number,
  end: 'first' | 'last',
): Int32Array | undefined {
  const [most, least] = [Math.max(atoms.length, size), Math.min(atoms.length, size)];
  if (least < 2 || most % least !== 0) return undefined;
  const place = (position: number): number =>
    end === 'first' ? Math.floor((position * least) / most) : position % least;
  if (size >= atoms.length) return Int32Array.from({ length: size }, (_, at) => atoms[place(at)]!);
  const carried = new Int32Array(size).fill(-1);
  atoms.forEach((atom, at) => {
    const known = carried[place(at)]!;
    if (known < 0) carried[place(at)] = atom;
    else space.unite(known, atom);
  });
  return carried;
}

/** The place along one axis of a position that counts over all of them. */
function digitOf(sizes: readonly number[], axis: number): (position: number) => number {
  const after = productOf(sizes.slice(axis + 1));
  return (position) => Math.floor(position / after) % sizes[axis]!;
}

/** Counts the classes that stay apart if all positions with the same place along an axis go together. */
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
