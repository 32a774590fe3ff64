import { splitSamples, type DataSplit } from '../src/engine/data/split';
import { integerOption, type Invocation } from './command';

const largestCount = 4294967295;

/** Which samples are evaluated: a split, or without one the samples in the order of the data. */
export interface SampleChoice {
  readonly split: DataSplit | undefined;
  readonly limit: number | undefined;
}

/**
 * `--limit <n>` alone means the first n. With `--seed` or `--leave-out` (and with a recipe's split) the samples are shuffled
 * as everywhere in Pareto: those that calibrate first, and of the rest at most the limit.
 */
export function readSampleChoice(invocation: Invocation, ofRecipe: DataSplit | undefined): SampleChoice {
  const limit = integerOption(invocation, 'limit', { minimum: 1, maximum: largestCount });
  const seed = integerOption(invocation, 'seed', { minimum: 0, maximum: largestCount });
  const leftOut = integerOption(invocation, 'leave-out', { minimum: 0, maximum: largestCount });
  if (seed === undefined && leftOut === undefined && ofRecipe === undefined) return { split: undefined, limit };
  const split = {
    seed: seed ?? ofRecipe?.seed ?? 0,
    calibration: leftOut ?? ofRecipe?.calibration ?? 0,
    evaluation: limit ?? ofRecipe?.evaluation ?? null,
  };
  return { split, limit };
}

/** The chosen samples of so many, ascending. */
export function chooseSamples(samples: number, { split, limit }: SampleChoice): readonly number[] {
  if (split !== undefined) return splitSamples(samples, split).evaluation;
  return Array.from({ length: Math.min(samples, limit ?? samples) }, (_, index) => index);
}
