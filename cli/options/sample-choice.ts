import { mostNamedSamples, type DataSplit, type FirstSamples } from '../../src/engine/data/split';
import { largestSeed } from '../../src/engine/seeded-random';
import { integerOption, listOption, textOption, type Invocation } from '../command';

/**
 * Reads the options that choose the evaluated samples. `--limit <n>` alone means the first n. Samples are shuffled with
 * `--seed`, `--leave-out` or a recipe's split. The first ones calibrate, and at most `--limit` of the others are
 * evaluated.
 */
export function readSampleChoice(invocation: Invocation, ofRecipe: DataSplit | undefined): DataSplit | FirstSamples {
  const counts = listOption(invocation, 'limit').filter((text) => !isAssignment(text));
  const ofSamples = { ...invocation, values: { ...invocation.values, limit: counts.at(-1) } };
  const limit = integerOption(ofSamples, 'limit', { minimum: 1, maximum: mostNamedSamples });
  const seed = integerOption(invocation, 'seed', { minimum: 0, maximum: largestSeed });
  const leftOut = integerOption(invocation, 'leave-out', { minimum: 0, maximum: mostNamedSamples });
  if (seed === undefined && leftOut === undefined && ofRecipe === undefined) return { first: limit ?? null };
  return {
    seed: seed ?? ofRecipe?.seed ?? 0,
    calibration: leftOut ?? ofRecipe?.calibration ?? 0,
    evaluation: limit ?? ofRecipe?.evaluation ?? null,
  };
}

/** True for `--limit key=value`, which limits the loss, and not the samples. */
export function isAssignment(text: string): boolean {
  return text.includes('=');
}

/** How many samples `--samples` sets aside to calibrate, of data with so many: `all` takes every one. `undefined` if it is not given. */
export function readCalibrationCount(invocation: Invocation): ((samples: number) => number) | undefined {
  if (textOption(invocation, 'samples') === 'all') return (samples) => samples;
  const count = integerOption(invocation, 'samples', { minimum: 1, maximum: mostNamedSamples, otherwise: 'all' });
  return count === undefined ? undefined : () => count;
}
