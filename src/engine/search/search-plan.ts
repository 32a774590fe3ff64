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
/** The share of the time from which the recommended candidate is timed. */
const firstTimedShare = 0.15;
/** A timing that takes more of the time is done only once, after most candidates. */
const mostOfEarlyTiming = 1 / 5;
/** Both models run once cold, and four times in turns. */
const runsOfSlowTiming = 7;
/** A busy machine takes longer than the first runs foretell. */
const timingSlack = 1.5;
/** The share of the time at which all timings end. */
const timedShare = 0.98;
/** The least samples of a calibration, and of an evaluation unless it takes more than a 12th of the budget on them. */
const fewestSamples = 16;
/** The least samples of a calibration if speed is the goal: ranges need few. */
const fewestForSpeed = 8;
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
  /** The time of the search from which the recommended candidate is timed. */
  readonly firstTimedAtMs: number;
  /** The time that a timing of a slow model takes, with a margin. */
  readonly slowTimingMs: number;
}

interface PlannedModel {
  readonly budgetMs: number;
  /** Time of the original on one sample. */
  readonly msPerSample: number;
  /** Time to open a session of the original in a new worker. */
  readonly openMs: number;
  /** Samples that screen a candidate. 0 if the screening cannot evaluate it, because the data has labels. */
  readonly screenedSamples: number;
  /** Speed is the goal. A calibration then takes fewer samples, which leaves time to measure. */
  readonly isForSpeed?: boolean;
  /** Samples that may choose, and samples that may calibrate. */
  readonly available: { readonly search: number; readonly calibration: number };
}

/**
 * Decides how many samples evaluate and calibrate. On a slow model, one evaluation takes at most a 24th of the budget,
 * or a 12th for up to 16 samples. It has at least 4 samples. One pass over the calibration samples takes at most a
 * 12th, but has at least 16, or 8 if speed is the goal. Calibration counts are powers of two unless all are used, so small differences of the
 * machine's speed give the same files. The recommended candidate is timed early, unless one timing takes more than a
 * fifth of the budget. It is then timed when there is only time left for one more evaluation and the timing.
 */
export function planSearch(model: PlannedModel): SearchPlan {
  const { budgetMs, msPerSample, openMs, screenedSamples, isForSpeed = false, available } = model;
  const affordable = (ms: number): number => Math.floor(ms / Math.max(1e-3, msPerSample));
  const few = Math.min(fewestSamples, Math.max(fewestOfSlowModel, affordable((2 * budgetMs) / evaluationsOfBudget)));
  const evaluated = Math.max(few, affordable(budgetMs / evaluationsOfBudget));
  const isSlow = evaluated < Math.min(available.search, enoughSamples);
  const screeningEvaluates = isSlow && screenedSamples >= fewestOfSlowModel && evaluated <= screeningSamples;
  const most = budgetMs < shortSearchMs ? mostOfShortSearch : Infinity;
  const calibrating = Math.min(
    most,
    Math.max(isForSpeed ? fewestForSpeed : fewestSamples, affordable(budgetMs * calibrationShare)),
  );
  const calibrationSamples =
    calibrating >= available.calibration ? available.calibration : 2 ** Math.floor(Math.log2(calibrating));
  const searchSamples = screeningEvaluates ? screenedSamples : isSlow ? evaluated : available.search;
  const slowTimingMs = timingSlack * (2 * openMs + runsOfSlowTiming * msPerSample);
  const earlyMs = budgetMs * firstTimedShare;
  const lateMs = budgetMs * timedShare - slowTimingMs - (openMs + searchSamples * msPerSample);
  const isTimedLate = isSlow && slowTimingMs > budgetMs * mostOfEarlyTiming;
  return {
    searchSamples,
    calibrationSamples,
    quickCalibrationSamples: Math.min(available.calibration, isSlow ? fewestOfSlowModel : fewestSamples),
    isSlow,
    evaluatesAtOnce: isSlow || evaluated >= available.search,
    screeningEvaluates,
    firstTimedAtMs: isTimedLate ? Math.max(earlyMs, lateMs) : earlyMs,
    slowTimingMs,
  };
}

/**
 * The most time that the comparison of one candidate's outputs takes before it is evaluated.
 * @param mayEvaluate whether it may replace the evaluation. It then takes as long as one.
 */
export function screeningMs(budgetMs: number, mayEvaluate: boolean): number {
  return Math.min(longestScreeningMs, mayEvaluate ? budgetMs / evaluationsOfBudget : budgetMs * screeningShare);
}

/** The time that a search keeps for timing one candidate of a slow model, before any was timed: at most a quarter. */
export function firstTimingMs(budgetMs: number, { slowTimingMs }: Pick<SearchPlan, 'slowTimingMs'>): number {
  return Math.max(2.5 * timingCellMs(budgetMs), Math.min(budgetMs / 4, slowTimingMs));
}

/** The most time of one timed variant, by the clock on the wall. */
export function timingCellMs(budgetMs: number): number {
  return Math.min(longestTimingMs, Math.max(shortestTimingMs, budgetMs * timingShare));
}
