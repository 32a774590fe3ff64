/** The Pareto frontier of candidates. Sizes are exact. Losses and speeds are known within intervals. */
import { ownTiming, reportedLoss, type Candidate, type Loss, type Timing } from './candidate';

/** A candidate, or the original, as a point of the trade-off. */
export interface TradeOffPoint {
  readonly id: string;
  readonly sizeBytes: number;
  /** `null`: nobody measured it. */
  readonly loss: Pick<Loss, 'value' | 'interval'> | null;
  readonly timing: Pick<Timing, 'interval' | 'noiseFloor'> | null;
  readonly steps: number;
  /** Other samples showed that it loses more than the limit. Absent: they did not. */
  readonly isRefuted?: boolean;
}

export type Standing =
  | { readonly kind: 'frontier' }
  | { readonly kind: 'dominated'; readonly by: string }
  /** No measurement distinguishes it from a simpler candidate. */
  | { readonly kind: 'indistinguishable'; readonly from: string }
  | { readonly kind: 'refuted' }
  | { readonly kind: 'not-measured' };

/** A size is smaller below this share of another. A smaller difference does not count. */
export const clearlySmallerSize = 0.99;
/** An error of outputs has no interval: so much less, one decibel, is a difference. */
export const clearlySmallerError = 10 ** (-1 / 20);

/** `undefined` for one that was not made. One whose outputs are wrong has no loss. */
export function pointOf(candidate: Candidate): TradeOffPoint | undefined {
  const { id, sizeBytes, recipe, stage, confirmed } = candidate;
  if (sizeBytes === undefined || stage === 'failed') return undefined;
  const isRefuted = confirmed?.word === 'contradicted';
  const loss = reportedLoss(candidate) ?? null;
  return {
    id,
    sizeBytes,
    loss,
    timing: ownTiming(candidate) ?? null,
    steps: recipe.steps.length,
    ...(isRefuted && { isRefuted }),
  };
}

/** The original: it loses nothing, and takes all of its own time. */
export function originalPoint(id: string, sizeBytes: number): TradeOffPoint {
  const timing = { interval: [1, 1] as const, noiseFloor: 0 };
  return { id, sizeBytes, loss: { value: 0, interval: [0, 0] }, timing, steps: 0 };
}

/**
 * Returns the standing of each point. Point x dominates y if it is no larger, and on no axis measurably worse (or
 * unknown where y is known). It must be measurably better on one axis: smaller by over 1 %, or with separate intervals.
 * Only a frontier point can remove another point. Points with a missing loss and refuted points dominate nothing and
 * are not on the frontier. One of several indistinguishable points, with the fewest steps, represents all.
 */
export function standings(points: readonly TradeOffPoint[]): ReadonlyMap<string, Standing> {
  const found = new Map<string, Standing>();
  for (const { id, isRefuted } of points) found.set(id, { kind: isRefuted === true ? 'refuted' : 'not-measured' });
  const measured = points
    .filter(({ loss, isRefuted }) => loss !== null && isRefuted !== true)
    .toSorted((a, b) => a.sizeBytes - b.sizeBytes || a.steps - b.steps || (a.id < b.id ? -1 : 1));
  const front = undominated(measured, dominates);
  for (const point of measured) {
    const better = front.find((other) => dominates(other, point));
    if (better !== undefined) found.set(point.id, { kind: 'dominated', by: better.id });
  }
  const standing: TradeOffPoint[] = [];
  for (const point of front.toSorted((a, b) => a.steps - b.steps || a.sizeBytes - b.sizeBytes)) {
    const like = standing.find((other) => isLike(other, point));
    if (like === undefined) standing.push(point);
    found.set(point.id, like === undefined ? { kind: 'frontier' } : { kind: 'indistinguishable', from: like.id });
  }
  return found;
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

/** True if `x` is smaller, faster or loses less beyond the noise, and is worse in nothing that is known of both. */
export function dominates(x: TradeOffPoint, y: TradeOffPoint): boolean {
  if (x.sizeBytes > y.sizeBytes) return false;
  const axes = [compareLoss(x, y), compareTiming(x, y)];
  if (axes.some((axis) => axis === 'worse' || axis === 'unknown')) return false;
  return x.sizeBytes < y.sizeBytes * clearlySmallerSize || axes.includes('better');
}

function isLike(x: TradeOffPoint, y: TradeOffPoint): boolean {
  const [small, large] = [Math.min(x.sizeBytes, y.sizeBytes), Math.max(x.sizeBytes, y.sizeBytes)];
  return small >= large * clearlySmallerSize && compareLoss(x, y) === 'same' && compareTiming(x, y) === 'same';
}

/** Compares x with y. `unknown`: y is known and x is not. */
type Axis = 'better' | 'worse' | 'same' | 'unknown';

function compareLoss(x: TradeOffPoint, y: TradeOffPoint): Axis {
  if (y.loss === null) return 'same';
  if (x.loss === null) return 'unknown';
  if (measurablyLess(x.loss, y.loss)) return 'better';
  return measurablyLess(y.loss, x.loss) ? 'worse' : 'same';
}

/** True if the intervals do not overlap; without an interval, if x is below the share `clearlySmaller` of y. */
export function measurablyLess(
  a: NonNullable<TradeOffPoint['loss']>,
  b: NonNullable<TradeOffPoint['loss']>,
  clearlySmaller = clearlySmallerError,
): boolean {
  if (a.interval === null || b.interval === null) return a.value < b.value * clearlySmaller;
  return a.interval[1] < b.interval[0];
}

function compareTiming(x: TradeOffPoint, y: TradeOffPoint): Axis {
  if (y.timing === null) return 'same';
  if (x.timing === null) return 'unknown';
  const noise = 1 + Math.max(x.timing.noiseFloor, y.timing.noiseFloor);
  if (x.timing.interval[0] > y.timing.interval[1] * noise) return 'better';
  return y.timing.interval[0] > x.timing.interval[1] * noise ? 'worse' : 'same';
}
