/** Describes output matches on the page, in reports and on the command line. The rule is `matchGrade`. */
import { sqnrCapDb } from '../format';
import type { MatchFigures, OutputMatch } from '../metrics/cell';
import { matchGrade, relativeError, type GradedMatch, type MatchGrade } from '../metrics/match-grade';
import { formatDecibels, formatPercent, formatShare } from '../format';

const words: Readonly<Record<MatchGrade, string>> = {
  identical: 'identical',
  match: 'match',
  close: 'close',
  noticeable: 'differ noticeably',
  strong: 'differ strongly',
  wrong: 'wrong',
  'not-comparable': 'not comparable',
};

/** A few words: `match`, `close`, `differ noticeably`, `differ strongly`, `wrong`, `not comparable`. */
export function gradeWords(match: GradedMatch): string {
  return words[matchGrade(match)];
}

type Figure = Pick<OutputMatch, 'identical' | 'sqnrDb' | 'agreement'>;

/**
 * The figure alone: `41 dB`, `≥ 300 dB`, `98.0 % the same` for texts, or `identical`, which is a fact about every
 * value.
 */
export function matchFigure(match: Figure): string {
  return match.identical ? words.identical : levelFigure(match);
}

function levelFigure({ sqnrDb, agreement = 0 }: Omit<Figure, 'identical'>): string {
  return sqnrDb === null ? `${formatPercent(agreement)} identical` : formatDecibels(sqnrDb);
}

/**
 * True if one output of a match is identical. An output that could not be compared has no error either, but no signal.
 */
export function isIdenticalOutput({ sqnrDb, maxAbs, agreement }: MatchFigures): boolean {
  return sqnrDb === null ? agreement === 1 : sqnrDb >= sqnrCapDb && maxAbs === 0;
}

/** The figure for readers who know no decibels: `0.89 %`, the error as a share of the output; `98.0 % identical` for texts; `identical`. */
export function errorFigure({ identical, sqnrDb, agreement = 0 }: Figure): string {
  if (identical) return words.identical;
  if (sqnrDb === null) return `${formatPercent(agreement)} identical`;
  const error = relativeError(sqnrDb);
  return error < leastError ? `< ${formatShare(leastError)}` : formatShare(error);
}

/** Differences of float32 are no smaller. */
const leastError = 1e-6;

/** `output error 0.89 %`, `98.0 % identical`. */
function namedError(match: Figure): string {
  return `${match.sqnrDb === null ? '' : 'output error '}${errorFigure({ ...match, identical: false })}`;
}

/** Words for a table: `output error 0.89 %`, `output error 6.3 %, close`, `identical`, `wrong`, `not comparable`. */
export function matchWords(match: GradedMatch): string {
  const grade = matchGrade(match);
  if (grade === 'identical' || grade === 'wrong' || grade === 'not-comparable') return words[grade];
  const figure = namedError(match);
  return grade === 'match' ? figure : `${figure}, ${words[grade]}`;
}

/** The rest of a sentence about outputs: `match (output error 0.89 %)`, `are close (output error 6.3 %)`. */
export function matchPredicate(match: GradedMatch): string {
  const figure = namedError(match);
  switch (matchGrade(match)) {
    case 'identical':
      return 'are identical';
    case 'match':
      return `match (${figure})`;
    case 'close':
      return `are close (${figure})`;
    case 'noticeable':
      return `differ noticeably (${figure})`;
    case 'strong':
      return `differ strongly (${figure})`;
    case 'wrong':
      return 'are wrong';
    case 'not-comparable':
      return 'cannot be compared';
  }
}

/**
 * Explains a figure: `5.1 dB: the error is 56 % of the signal`, `50 dB: the error is 0.32 % of the signal`. Outputs
 * without an error keep their figure.
 */
export function explainFigure(match: Figure): string {
  const { identical, sqnrDb } = match;
  if (identical || sqnrDb === null) return matchFigure(match);
  return `${formatDecibels(sqnrDb)}: the error is ${formatShare(relativeError(sqnrDb))} of the signal`;
}

/** Words in place of a speed: `output wrong`, `outputs not comparable`. `undefined` if a speed may be claimed. */
export function unusableWords(match: GradedMatch): string | undefined {
  const grade = matchGrade(match);
  if (grade === 'not-comparable') return 'outputs not comparable';
  return grade === 'wrong' ? 'output wrong' : undefined;
}
