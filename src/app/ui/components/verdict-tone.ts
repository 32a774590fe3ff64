/**
 * The claim of a comparison, in a word and a tone. The tone names a color of tokens.css; the word and icon stand
 * beside it.
 */
import type { Verdict } from '../../../engine/metrics/cell';
import { sizeWord } from '../../../engine/verdict/size-verdict';
import { matchGrade, type GradedMatch, type MatchGrade } from '../../../engine/metrics/match-grade';

/** `noise`: no difference. `open`: nobody knows whether it is better or worse. */
export type Tone = 'better' | 'worse' | 'noise' | 'open' | 'invalid';

const tones: Readonly<Record<Verdict, Tone>> = {
  faster: 'better',
  slower: 'worse',
  same: 'noise',
  undecided: 'open',
  invalid: 'invalid',
};

const matchTones: Readonly<Record<MatchGrade, Tone | null>> = {
  identical: null,
  match: null,
  close: null,
  noticeable: 'open',
  strong: 'worse',
  wrong: 'invalid',
  'not-comparable': 'open',
};

/** `null`: near enough to need no mark. */
export function toneOfMatch(match: GradedMatch): Tone | null {
  return matchTones[matchGrade(match)];
}

/** A model that computes something else is not better for being faster. */
export function toneOfVerdict(verdict: Verdict, match?: GradedMatch): Tone {
  const tone = tones[verdict];
  return tone === 'better' && match !== undefined && matchGrade(match) === 'strong' ? 'open' : tone;
}

/** Sizes within half a percent count as the same, as in the headline. */
export function toneOfSizes(before: number, after: number): Tone {
  return ({ smaller: 'better', larger: 'worse', same: 'noise' } as const)[sizeWord(before, after)];
}
