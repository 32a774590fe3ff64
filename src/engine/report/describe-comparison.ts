/** States the claims that a comparison supports, in the words of the page, of reports and of the command line. */
import type { Comparison } from '../metrics/cell';
import { hasTooFewPairs } from '../metrics/paired-comparison';
import { formatRatio, formatRatioInterval } from '../format';

/** The reason why nothing is claimed: the interval lies within the noise, or there was no time for enough pairs. */
export function undecidedWords(comparison: Pick<Comparison, 'pairs'>): string {
  return hasTooFewPairs(comparison) ? 'too few runs to decide' : 'no measurable difference';
}

/** A few words: `1.52× faster`, `2.00× slower`, `no measurable difference`, `too few runs to decide`, `output wrong`. */
export function describeVerdict(comparison: Pick<Comparison, 'verdict' | 'ratio' | 'pairs'>): string {
  switch (comparison.verdict) {
    case 'faster':
      return `${formatRatio(comparison.ratio)} faster`;
    case 'slower':
      return `${formatRatio(1 / comparison.ratio)} slower`;
    case 'no-difference':
      return undecidedWords(comparison);
    case 'invalid':
      return 'output wrong';
  }
}

/** The ratio with its interval, turned so that it agrees with the word before it (a slowdown is above 1 too). */
export function describeRatio(comparison: Pick<Comparison, 'verdict' | 'ratio' | 'interval'>): string {
  const { ratio, interval, verdict } = comparison;
  if (verdict !== 'slower') return formatRatioInterval(ratio, interval);
  return formatRatioInterval(1 / ratio, [1 / interval[1], 1 / interval[0]]);
}
