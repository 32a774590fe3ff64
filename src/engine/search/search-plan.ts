/** The number of samples that a search can afford, from the time of one sample. */

/** A minute allows two dozen evaluations, each beside the time to make the file. */
const evaluationsOfBudget = 24;
/** One pass over the calibration samples may take as long as two evaluations. */
const calibrationShare = 2 / evaluationsOfBudget;
/** A short search calibrates with fewer: the removal of channels runs the model on them again and again. */
const shortSearchMs = 120_000;
const mostOfShortSearch = 256;
/** The comparison that orders candidates takes less than half of an evaluation. */
const screeningShare = 1 / 60;
const longestScreeningMs = 4_000;
/** The session set-ups, warm-ups and paired runs of one timed variant. */
const timingShare = 1 / 15;
const [shortestTimingMs, longestTimingMs] = [2_000, 10_000];
/** Fewer samples are not enough, however slow the model is. */
const fewestSamples = 16;
/** A model that an evaluation can run on so many samples is not slow: it is evaluated on all of them. */
const enoughSamples = 256;

export interface SearchPlan {
  /** Samples that each candidate is evaluated on. */
  readonly searchSamples: number;
  /** Samples that passes calibrate with. */
  readonly calibrationSamples: number;
  /** Samples that quick techniques calibrate with, which need no more than a look at the data. */
  readonly quickCalibrationSamples: number;
  /** An evaluation on all samples takes too long: candidates are evaluated on fewer. */
  readonly isSlow: boolean;
  /** An evaluation takes so little of the time that each candidate is evaluated as soon as it is made. */
  readonly evaluatesAtOnce: boolean;
}

interface PlannedModel {
  readonly budgetMs: number;
  /** Time of the original on one sample. */
  readonly msPerSample: number;
  /** Samples that may choose, and samples that may calibrate. */
  readonly available: { readonly search: number; readonly calibration: number };
}

/**
 * How many samples evaluate and calibrate. On a slow model, one evaluation takes at most a 24th of the budget; one pass over the calibration
 * samples takes at most a 12th. At least 16 each, as far as there are so many. Calibration counts are powers of two unless all are used, so that
 * small differences of the machine's speed give the same files.
 */
export function planSearch({ budgetMs, msPerSample, available }: PlannedModel): SearchPlan {
  const affordable = (ms: number): number => Math.max(fewestSamples, Math.floor(ms / Math.max(1e-3, msPerSample)));
  const evaluated = affordable(budgetMs / evaluationsOfBudget);
  const isSlow = evaluated < Math.min(available.search, enoughSamples);
  const most = budgetMs < shortSearchMs ? mostOfShortSearch : Infinity;
  const calibrating = Math.min(most, affordable(budgetMs * calibrationShare));
  const calibrationSamples =
    calibrating >= available.calibration ? available.calibration : 2 ** Math.floor(Math.log2(calibrating));
  return {
    searchSamples: isSlow ? evaluated : available.search,
    calibrationSamples,
    quickCalibrationSamples: Math.min(available.calibration, fewestSamples),
    isSlow,
    evaluatesAtOnce: isSlow || evaluated >= available.search,
  };
}

/** The most time that the comparison of one candidate's outputs takes before it is evaluated. */
export function screeningMs(budgetMs: number): number {
  return Math.min(longestScreeningMs, budgetMs * screeningShare);
}

/** The expected time to time the original and one candidate, before either was timed. */
export function firstTimingMs(budgetMs: number): number {
  return 2.5 * timingCellMs(budgetMs);
}

/** The most time of one timed variant, by the clock on the wall. */
export function timingCellMs(budgetMs: number): number {
  return Math.min(longestTimingMs, Math.max(shortestTimingMs, budgetMs * timingShare));
}
