import type { Feeds } from '../data/feeds';
import type { OutputMatch } from './cell';
import { OutputComparison } from './output-match';
import { ownValue } from '../own-value';

/**
 * Explains why nothing can be compared with a model that was run twice on the same inputs. Returns `undefined` if both runs gave the same
 * outputs but for rounding. A random model's different outputs are no fault of a variant.
 */
export function describeRandomness(first: Feeds, second: Feeds): string | undefined {
  const varying = Object.keys(first).find((name) => {
    const comparison = new OutputComparison();
    comparison.add({ [name]: ownValue(first, name)! }, second);
    return !comparison.result('synthetic', { unchanged: true }).valid;
  });
  if (varying === undefined) return undefined;
  return `The original is not deterministic: two runs on the same inputs give different values of output "${varying}", as in a model that draws random numbers.`;
}

/** The match; not comparable if the original does not repeat its outputs. `randomness` as from `describeRandomness`. */
export function asComparable<Match extends OutputMatch>(match: Match, randomness: string | undefined): Match {
  return randomness === undefined ? match : { ...match, valid: false, comparable: false, problem: randomness };
}
