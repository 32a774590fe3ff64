/** The Pareto frontier of candidates. Sizes are exact. Losses and speeds are known within intervals. */
import { clearlySmallerSize, mayDominate, measurablyLess, undominated } from '../verdict/dominance';
import { isBeyond, type LossWord } from '../verdict/loss-verdict';
import { ownTiming, reportedLoss, type Candidate, type Timing } from './candidate';
import { verdictOfCandidate } from './candidate-verdict';
import type { SearchLimits } from './search-goal';
import type { Loss } from '../verdict/loss';

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
  /** Its loss against the limit. Absent: nobody measured it, or there is no limit. */
  readonly word?: LossWord;
}

export type Standing =
  | { readonly kind: 'frontier' }
  | { readonly kind: 'dominated'; readonly by: string }
  /** No measurement distinguishes it from a simpler candidate. */
  | { readonly kind: 'indistinguishable'; readonly from: string }
  | { readonly kind: 'refuted' }
  /** Its loss is, or probably is, above the limit. */
  | { readonly kind: 'outside' }
  | { readonly kind: 'not-measured' };

/** `undefined` for one that was not made. One whose outputs are wrong has no loss. */
export function pointOf(
  candidate: Candidate,
  { limits, samples }: { readonly limits: SearchLimits; readonly samples: { readonly search: number } },
): TradeOffPoint | undefined {
  const { id, sizeBytes, recipe, stage, confirmed } = candidate;
  if (sizeBytes === undefined || stage === 'failed') return undefined;
  const isRefuted = confirmed?.word === 'contradicted';
  const loss = reportedLoss(candidate) ?? null;
  const word = verdictOfCandidate(candidate, limits, { selects: samples.search > 0 })?.word;
  return {
    ...{ id, sizeBytes, loss, timing: ownTiming(candidate) ?? null, steps: recipe.steps.length },
    ...(isRefuted && { isRefuted }),
    ...(word && { word }),
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
 * Only a frontier point can remove another point. Points with a missing loss, refuted points and points above
 * the limit dominate nothing and are not on the frontier. One of several indistinguishable points, with the fewest steps, represents all.
 */
export function standings(points: readonly TradeOffPoint[]): ReadonlyMap<string, Standing> {
  const found = new Map<string, Standing>();
  for (const point of points) {
    const { id, isRefuted, word } = point;
    const kind = word !== undefined && isBeyond(word) ? 'outside' : 'not-measured';
    found.set(id, { kind: isRefuted === true ? 'refuted' : kind });
  }
  const measured = points
    .filter(({ loss, isRefuted, word }) => loss !== null && isRefuted !== true && !(word && isBeyond(word)))
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

/** True if `x` is smaller, faster or loses less beyond the noise, and is worse in nothing that is known of both. */
export function dominates(x: TradeOffPoint, y: TradeOffPoint): boolean {
  if (x.sizeBytes > y.sizeBytes || !mayDominate(x, y)) return false;
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

function compareTiming(x: TradeOffPoint, y: TradeOffPoint): Axis {
  if (y.timing === null) return 'same';
  if (x.timing === null) return 'unknown';
  const noise = 1 + Math.max(x.timing.noiseFloor, y.timing.noiseFloor);
  if (x.timing.interval[0] > y.timing.interval[1] * noise) return 'better';
  return y.timing.interval[0] > x.timing.interval[1] * noise ? 'worse' : 'same';
}
