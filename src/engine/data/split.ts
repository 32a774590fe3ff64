/** Splits samples into those that calibrate and those that evaluate. */
import { createSeededRandom } from '../seeded-random';

/** The most samples that a split or an option names. */
export const mostNamedSamples = 2 ** 32 - 1;

export interface DataSplit {
  readonly seed: number;
  /** Samples to calibrate with; the rest may be evaluated. */
  readonly calibration: number;
  /** The most samples to evaluate; `null`: all that are not used to calibrate. */
  readonly evaluation: number | null;
}

/** Samples in the order of the data, from the beginning: nothing is shuffled. */
export interface FirstSamples {
  /** The most samples; `null`: all. */
  readonly first: number | null;
}

/** The number of calibration samples by default. Layers that are fitted or trained need this many. */
export const usualCalibrationSamples = 512;

/** The most samples to set aside by default if the data is also used to evaluate: more would widen the intervals of the results. */
export const usualSetAside = 128;

/** Returns how many of `samples` are set aside by default if they also evaluate: the usual number, at most half. */
export function usuallySetAside(samples: number): number {
  return Math.min(usualSetAside, Math.floor(samples / 2));
}

/**
 * The split by which samples calibrate, in the page as in the shell. A split without calibration samples means that all
 * data is for calibration. Then the usual number is taken, chosen by its seed.
 */
export function calibrationSplit({ seed, calibration }: Pick<DataSplit, 'seed' | 'calibration'>): DataSplit {
  return { seed, calibration: calibration === 0 ? usualCalibrationSamples : calibration, evaluation: null };
}

export interface SplitSamples {
  /** Ascending. No index is in both. */
  readonly calibration: readonly number[];
  readonly evaluation: readonly number[];
}

/**
 * Splits `samples` numbered samples with a seeded shuffle (Fisher–Yates). The first part calibrates and the next
 * evaluates, both in ascending order so that files are read forwards. The two never overlap.
 */
export function splitSamples(samples: number, { seed, calibration, evaluation }: DataSplit): SplitSamples {
  const order = Uint32Array.from({ length: samples }, (_, index) => index);
  const random = createSeededRandom(seed >>> 0);
  for (let last = samples - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  const first = Math.min(calibration, samples);
  const end = Math.min(samples, first + (evaluation ?? samples));
  return { calibration: ascending(order.subarray(0, first)), evaluation: ascending(order.subarray(first, end)) };
}

/** Returns the indices of the samples that are evaluated, ascending. */
export function evaluatedSamples(samples: number, choice: DataSplit | FirstSamples): readonly number[] {
  if (!('first' in choice)) return splitSamples(samples, choice).evaluation;
  return Array.from({ length: Math.min(samples, choice.first ?? samples) }, (_, index) => index);
}

/**
 * Returns the canonical split: all splits into the same samples become equal. Its counts are those that the data has,
 * and its seed is 0 if every sample is evaluated.
 */
export function normalizedSplit(samples: number, split: DataSplit): DataSplit {
  const calibration = Math.min(split.calibration, samples);
  const evaluation = Math.min(samples - calibration, split.evaluation ?? samples);
  return { seed: evaluation === samples ? 0 : split.seed, calibration, evaluation };
}

/** The options of the command line with which `evaluate` takes the same samples: `--limit 200 --seed 0 --leave-out 32`. */
export function splitOptions({ seed, calibration, evaluation }: DataSplit): string {
  const limit = evaluation === null ? '' : `--limit ${evaluation} `;
  return `${limit}--seed ${seed}${calibration === 0 ? '' : ` --leave-out ${calibration}`}`;
}

function ascending(indices: Uint32Array): readonly number[] {
  return Array.from(indices).toSorted((a, b) => a - b);
}
