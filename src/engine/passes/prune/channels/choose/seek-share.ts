/** Finds the share of the MACs to remove so that a share of the run time is saved. Times are measured, so they are few and noisy. */

export interface TimedShare {
  /** The requested share of the MACs. */
  readonly share: number;
  /** The measured share of the run time. */
  readonly saved: number;
}

export interface ShareSeek<Timed extends TimedShare> {
  /** The share of the run time to save. */
  readonly wanted: number;
  /** The first share of the MACs to try. */
  readonly first: number;
  /** The largest share of the MACs that can be removed. */
  readonly most: number;
  measure(share: number): Promise<Timed>;
}

/** A share within this distance meets the wanted share of the time. Times of one model differ by as much. */
const timeTolerance = 0.01;
const mostTries = 8;
/** Shares of the MACs that are nearer to each other give the same widths, or nearly so. */
const leastStep = 0.004;
/** Each step removes at least this part of the range in which the share lies. */
const leastCut = 0.15;

/**
 * Times shares of the MACs, beginning with the first, until one meets the wanted share of the time. The next share is
 * interpolated between its two neighbors, and kept away from the ends of the range as in bisection. Returns all timed
 * shares. Rejects as `measure` does.
 */
export async function seekShare<Timed extends TimedShare>(seek: ShareSeek<Timed>): Promise<readonly Timed[]> {
  const { wanted, most, measure } = seek;
  const timed: Timed[] = [];
  let low: TimedShare = { share: 0, saved: 0 };
  let high: TimedShare | undefined;
  let next = Math.min(seek.first, most);
  while (timed.length < mostTries) {
    const one = await measure(next);
    timed.push(one);
    if (Math.abs(one.saved - wanted) <= timeTolerance) break;
    if (one.saved < wanted) low = one;
    else high = one;
    if (low.share >= most || (high && high.share - low.share < leastStep)) break;
    next = high ? between(low, high, wanted) : beyond(low, wanted, most);
  }
  return timed;
}

/** The least share of the MACs that meets the time. If none does, the share that saves the most time. */
export function leastShare<Timed extends TimedShare>(timed: readonly Timed[], wanted: number): Timed {
  const met = timed.filter((one) => meetsTime(one, wanted));
  if (met.length > 0) return met.reduce((least, one) => (one.share < least.share ? one : least));
  return timed.reduce((best, one) => (one.saved > best.saved ? one : best));
}

export function meetsTime({ saved }: Pick<TimedShare, 'saved'>, wanted: number): boolean {
  return saved >= wanted - timeTolerance;
}

function between(low: TimedShare, high: TimedShare, wanted: number): number {
  const place = (wanted - low.saved) / (high.saved - low.saved);
  const kept = Math.min(1 - leastCut, Math.max(leastCut, place));
  return low.share + kept * (high.share - low.share);
}

/** Extrapolates from the time that the MACs have saved so far, and adds a margin. */
function beyond({ share, saved }: TimedShare, wanted: number, most: number): number {
  const guess = saved > 0 ? (1.02 * share * wanted) / saved : most;
  return Math.min(most, Math.max(guess, share + 0.02));
}
