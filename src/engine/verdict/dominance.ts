/** Which variant may stand in the way of another. */
import { isBeyond, type LossWord } from './loss-verdict';

interface Measured {
  readonly value: number;
  /** 95 %. `null`: there is none. */
  readonly interval: readonly [number, number] | null;
}

interface Losing {
  /** Its loss against the limit. Absent: there is no limit, or nobody measured it. */
  readonly word?: LossWord;
  readonly loss: { readonly value: number } | null;
}

/**
 * True if `x` may dominate `y` where it is smaller or faster: `x` is within the limit, or its estimated loss is not larger
 * than that of `y`. What is above the limit dominates nothing.
 */
export function mayDominate(x: Losing, y: Losing): boolean {
  if (x.word !== undefined && isBeyond(x.word)) return false;
  if (x.word === 'within' || y.loss === null) return true;
  return x.loss !== null && x.loss.value <= y.loss.value;
}

/** A size is smaller below this share of another. A smaller difference does not count. */
export const clearlySmallerSize = 0.99;
/** An error of outputs has no interval: so much less, one decibel, is a difference. */
export const clearlySmallerError = 10 ** (-1 / 20);

/** True if the intervals do not overlap; without an interval, if x is below the share `clearlySmaller` of y. */
export function measurablyLess(a: Measured, b: Measured, clearlySmaller = clearlySmallerError): boolean {
  if (a.interval === null || b.interval === null) return a.value < b.value * clearlySmaller;
  return a.interval[1] < b.interval[0];
}

/**
 * Returns the points that stay, in their order. Only a point that stays itself can remove another point. Overlapping
 * intervals give no order, so the relation is not transitive. If every beaten point were removed, some would be beaten
 * by no remaining point.
 */
export function undominated<Point>(points: readonly Point[], beats: (a: Point, b: Point) => boolean): readonly Point[] {
  const stay = new Set<Point>();
  for (let open = points; open.length > 0;) {
    const free = open.filter((point) => !open.some((other) => beats(other, point)));
    // Noise of single points could let some beat each other in a circle: the first of it stays.
    const kept = new Set(free.length > 0 ? free : open.slice(0, 1));
    for (const point of kept) stay.add(point);
    open = open.filter((point) => !kept.has(point) && ![...kept].some((other) => beats(other, point)));
  }
  return points.filter((point) => stay.has(point));
}
