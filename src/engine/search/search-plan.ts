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
/** The least samples of a calibration, and of an evaluation unless it takes more than a 12th of the budget on them. */
const fewestSamples = 16;
/** An evaluation has at least so many, however slow the model is. */
export const fewestOfSlowModel = 4;
/** More samples than this hardly change the order of candidates or layers. */
export const screeningSamples = 32;
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
  /** One comparison screens a candidate and evaluates it. */
  readonly screeningEvaluates: boolean;
}

interface PlannedModel {
  readonly budgetMs: number;
  /** Time of the original on one sample. */
  readonly msPerSample: number;
  /** Samples that screen a candidate. 0 if the screening cannot evaluate it, because the data has labels. */
  readonly screenedSamples: number;
  /** Samples that may choose, and samples that may calibrate. */
  readonly available: { readonly search: number; readonly calibration: number };
}

/**
 * Decides how many samples evaluate and calibrate. On a slow model, one evaluation takes at most a 24th of the budget,
 * or a 12th for up to 16 samples. It has at least 4 samples. One pass over the calibration samples takes at most a
 * 12th, but has at least 16. Calibration counts are powers of two unless all are used, so small differences of the
 * machine's speed give the same files.
 */
export function planSearch({ budgetMs, msPerSample, screenedSamples, available }: PlannedModel): SearchPlan {
  const affordable = (ms: number): number => Math.floor(ms / Math.max(1e-3, msPerSample));
  const few = Math.min(fewestSamples, Math.max(fewestOfSlowModel, affordable((2 * budgetMs) / evaluationsOfBudget)));
  const evaluated = Math.max(few, affordable(budgetMs / evaluationsOfBudget));
  const isSlow = evaluated < Math.min(available.search, enoughSamples);
  const screeningEvaluates = isSlow && screenedSamples >= fewestOfSlowModel && evaluated <= screeningSamples;
  const most = budgetMs < shortSearchMs ? mostOfShortSearch : Infinity;
  const calibrating = Math.min(most, Math.max(fewestSamples, affordable(budgetMs * calibrationShare)));
  const calibrationSamples =
    calibrating >= available.calibration ? available.calibration : 2 ** Math.floor(Math.log2(calibrating));
  return {
    searchSamples: screeningEvaluates ? screenedSamples : isSlow ? evaluated : available.search,
    calibrationSamples,
    quickCalibrationSamples: Math.min(available.calibration, isSlow ? fewestOfSlowModel : fewestSamples),
    isSlow,
    evaluatesAtOnce: isSlow || evaluated >= available.search,
    screeningEvaluates,
  };
}

/**
 * The most time that the comparison of one candidate's outputs takes before it is evaluated.
 * @param mayEvaluate whether it may replace the evaluation. It then takes as long as one.
 */
export function screeningMs(budgetMs: number, mayEvaluate: boolean): number {
  return Math.min(longestScreeningMs, mayEvaluate ? budgetMs / evaluationsOfBudget : budgetMs * screeningShare);
}

/** The expected time to time the original and one candidate, before either was timed. */
export function firstTimingMs(budgetMs: number): number {
  return 2.5 * timingCellMs(budgetMs);
}

/** The most time of one timed variant, by the clock on the wall. */
export function timingCellMs(budgetMs: number): number {
  return Math.min(longestTimingMs, Math.max(shortestTimingMs, budgetMs * timingShare));
}
