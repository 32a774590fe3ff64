/** Which share of the MACs must go so that a share of the time of a run goes: times are measured, so they are few and noisy. */

export interface TimedShare {
  /** Of the MACs, as it was asked for. */
  readonly share: number;
  /** Of the time of a run, as it was measured. */
  readonly gone: number;
}

export interface ShareSeek<Timed extends TimedShare> {
  /** The share of the time that is to go. */
  readonly wanted: number;
  /** The share of the MACs to begin with. */
  readonly first: number;
  /** The largest share of the MACs that can go. */
  readonly most: number;
  measure(share: number): Promise<Timed>;
}

/** What is nearer to the wanted share of the time than this meets it: times of one model differ by as much. */
const timeTolerance = 0.01;
const mostTries = 8;
/** Shares of the MACs that are nearer to each other give the same widths, or nearly so. */
const leastStep = 0.004;
/** Each step takes away at least so much of the range in which the share lies. */
const leastCut = 0.15;

/**
 * Shares of the MACs from the first on, each timed, until one meets the wanted share of the time: by the line between those around it,
 * kept from the ends of the range as bisection would be. Gives all that were timed. Rejects as `measure` does.
 */
export async function seekShare<Timed extends TimedShare>(seek: ShareSeek<Timed>): Promise<readonly Timed[]> {
  const { wanted, most, measure } = seek;
  const timed: Timed[] = [];
  let low: TimedShare = { share: 0, gone: 0 };
  let high: TimedShare | undefined;
  let next = Math.min(seek.first, most);
  while (timed.length < mostTries) {
    const one = await measure(next);
    timed.push(one);
    if (Math.abs(one.gone - wanted) <= timeTolerance) break;
    if (one.gone < wanted) low = one;
    else high = one;
    if (low.share >= most || (high && high.share - low.share < leastStep)) break;
    next = high ? between(low, high, wanted) : beyond(low, wanted, most);
  }
  return timed;
}

/** The least share of the MACs with which the time is met; where none meets it, the one with which most of the time goes. */
export function leastShare<Timed extends TimedShare>(timed: readonly Timed[], wanted: number): Timed {
  const met = timed.filter((one) => meetsTime(one, wanted));
  if (met.length > 0) return met.reduce((least, one) => (one.share < least.share ? one : least));
  return timed.reduce((best, one) => (one.gone > best.gone ? one : best));
}

export function meetsTime({ gone }: Pick<TimedShare, 'gone'>, wanted: number): boolean {
  return gone >= wanted - timeTolerance;
}

function between(low: TimedShare, high: TimedShare, wanted: number): number {
  const place = (wanted - low.gone) / (high.gone - low.gone);
  const kept = Math.min(1 - leastCut, Math.max(leastCut, place));
  return low.share + kept * (high.share - low.share);
}

/** As far as the time says that went with the MACs so far, and a little more. */
function beyond({ share, gone }: TimedShare, wanted: number, most: number): number {
  const guess = gone > 0 ? (1.02 * share * wanted) / gone : most;
  return Math.min(most, Math.max(guess, share + 0.02));
}
