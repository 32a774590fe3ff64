/** What a comparison may claim, in a word and a tone. The tone names a colour of tokens.css; the word and icon stand beside it. */
import type { Comparison, OutputMatch, Verdict } from '../../../engine/metrics/cell';
import { matchGrade, type MatchGrade } from '../../../engine/metrics/match-grade';
import { formatRatio, formatRatioInterval } from '../../../engine/report/format';

export type Tone = 'better' | 'worse' | 'noise' | 'invalid';

const tones: Readonly<Record<Verdict, Tone>> = {
  faster: 'better',
  slower: 'worse',
  'no-difference': 'noise',
  invalid: 'invalid',
};

const matchTones: Readonly<Record<MatchGrade, Tone | null>> = {
  identical: null,
  match: null,
  close: null,
  noticeable: 'noise',
  strong: 'worse',
  wrong: 'invalid',
};

/** `null`: near enough to need no mark. */
export function toneOfMatch(match: Pick<OutputMatch, 'valid' | 'identical' | 'sqnrDb'>): Tone | null {
  return matchTones[matchGrade(match)];
}

/** A model that computes something else is not better for being faster. */
export function toneOfVerdict(verdict: Verdict, match?: Pick<OutputMatch, 'valid' | 'identical' | 'sqnrDb'>): Tone {
  const tone = tones[verdict];
  return tone === 'better' && match !== undefined && matchGrade(match) === 'strong' ? 'noise' : tone;
}

/** Within half a percent sizes are called the same, as in the headline. */
export function toneOfSizes(before: number, after: number): Tone {
  const change = (after - before) / Math.max(1, before);
  if (Math.abs(change) < 0.005) return 'noise';
  return change < 0 ? 'better' : 'worse';
}

/** A few words for a chip: `1.52× faster`, `2.00× slower`, `no measurable difference`. */
export function describeVerdict(comparison: Pick<Comparison, 'verdict' | 'ratio'>): string {
  switch (comparison.verdict) {
    case 'faster':
      return `${formatRatio(comparison.ratio)} faster`;
    case 'slower':
      return `${formatRatio(1 / comparison.ratio)} slower`;
    case 'no-difference':
      return 'no measurable difference';
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
