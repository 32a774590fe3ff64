import { formatPercent } from '../format';
import type { OutputMatch } from './cell';

/**
 * A grade of similarity of outputs. An SQNR of d dB is a root mean square error of 10^(−d ÷ 20) of the signal: 40 dB is
 * 1 %, 30 dB 3 %, 20 dB 10 %, 10 dB 32 %, 3 dB 71 %.
 */
export type MatchGrade = 'identical' | 'match' | 'close' | 'noticeable' | 'strong' | 'wrong' | 'not-comparable';

/** The figures that decide a grade. */
export type GradedMatch = Pick<OutputMatch, 'valid' | 'comparable' | 'identical' | 'sqnrDb' | 'agreement'>;

/**
 * Lowest SQNR of each grade, dB. 30 is typical of 8-bit weights in a model that quantizes well. 20 is an error of a
 * tenth, at which close decisions begin to change. Under 10, a third of the output is error and the direction is lost.
 * Cosine is under √(1 − 10⁻¹) = 0.9487 only there (and below `weakestSignalRms`), so it needs no bound of its own.
 */
const lowestDb = { match: 30, close: 20, noticeable: 10 } as const;

/** Outputs below this SQNR differ by more than a tenth, so a variant needs a closer look. */
export const leastCloseDb = lowestDb.close;

/**
 * The only rule that grades outputs. Outputs are not comparable if the original does not repeat its own. Otherwise
 * outputs that are invalid or no numbers are wrong, whatever the figures are.
 */
export function matchGrade(match: GradedMatch): MatchGrade {
  if (match.comparable === false) return 'not-comparable';
  const levelDb = levelOf(match);
  if (!match.valid || Number.isNaN(levelDb)) return 'wrong';
  if (match.identical) return 'identical';
  if (levelDb >= lowestDb.match) return 'match';
  if (levelDb >= lowestDb.close) return 'close';
  return levelDb >= lowestDb.noticeable ? 'noticeable' : 'strong';
}

/**
 * Returns the match that is furthest from the original's outputs. One that cannot be compared comes first, since it
 * makes the others meaningless, and then a wrong one. `undefined` without matches.
 */
export function furthestMatch<Match extends GradedMatch>(matches: readonly Match[]): Match | undefined {
  const rank = (match: Match): number => {
    const grade = matchGrade(match);
    if (grade === 'not-comparable') return -Infinity;
    return grade === 'wrong' ? -Number.MAX_VALUE : levelOf(match);
  };
  return matches.reduce<Match | undefined>(
    (furthest, match) => (furthest === undefined || rank(match) < rank(furthest) ? match : furthest),
    undefined,
  );
}

/** SQNR. If there are only texts, the level of the share of different texts as an error: 10 % is 20 dB. */
export function levelOf({ sqnrDb, agreement = 0 }: Pick<GradedMatch, 'sqnrDb' | 'agreement'>): number {
  return sqnrDb ?? -20 * Math.log10(1 - agreement);
}

/** Error ÷ signal (root mean square) of an SQNR: 20 dB is 0.1. */
export function relativeError(sqnrDb: number): number {
  return 10 ** (-sqnrDb / 20);
}

/** The error of an SQNR, at most 999 %: `0.3 %`, `12 %`. */
export function formatRelativeError(sqnrDb: number): string {
  const error = relativeError(sqnrDb);
  return formatPercent(Math.min(9.99, error), error < 0.0995 ? 1 : 0);
}
