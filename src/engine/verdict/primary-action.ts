/** The one filled button: the next sensible thing to do. */
import type { LossWord } from './loss-verdict';

/** `none`: the advice over the figures says what to do instead. */
export type PrimaryAction = 'find' | 'run' | 'benchmark' | 'download' | 'none';

export interface VariantStanding {
  /** The recipe changed since the variant was made. */
  readonly isStale: boolean;
  /** No pass changed anything. */
  readonly isUnchanged: boolean;
  /** It is notably smaller than the original, or measured to be faster. */
  readonly gains: boolean;
  /** Its outputs were found to be wrong. */
  readonly isWrong: boolean;
  /** Its loss against the limit. `null`: nothing was compared. */
  readonly word: LossWord | null;
  /** There are labels, and nobody evaluated it with them. */
  readonly lacksEvaluation: boolean;
  /** It was measured with the settings of now. */
  readonly isMeasured: boolean;
}

/**
 * Download and Share are offered only for a variant within the limit. What is wrong, gains nothing or may lose too much
 * is left to the advice, which settles it.
 * @param variant `null` while the original is selected
 * @param isDoubted whether the data contradicts the original, so that no accuracy counts
 */
export function primaryAction(variant: VariantStanding | null, isDoubted: boolean): PrimaryAction {
  if (variant === null) return isDoubted ? 'none' : 'find';
  if (variant.isStale) return 'run';
  if (variant.isUnchanged || variant.isWrong || isDoubted || variant.lacksEvaluation) return 'none';
  const { word, isMeasured, gains } = variant;
  if (word !== null && word !== 'within' && word !== 'unknown') return 'none';
  if (!isMeasured) return 'benchmark';
  return word === 'within' && gains ? 'download' : 'none';
}
