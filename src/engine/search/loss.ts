/** What a candidate lost, from an evaluation or a screening, and whether that is within a limit. */
import { doubtOf } from '../metrics/accuracy-warnings';
import type { DataMatch, Evaluation } from '../metrics/evaluation';
import { levelOf, matchGrade, relativeError } from '../metrics/match-grade';
import { normalQuantile975, normalTail } from '../metrics/normal-quantile';
import { pairedProportionDifference, tangoStatistic } from '../metrics/proportion-interval';
import type { Confirmation, Loss, Screening } from './candidate';
import type { SearchLimits } from './search-goal';

/** Where nothing was shared out (confirmations.ts): one-sided 5 % for three candidates (Bonferroni). */
const usualLevel = 0.05 / 3;
/** The 1 − 0.05 ÷ 3 quantile of the normal distribution. */
const usualQuantile = 2.128045234184983;

/**
 * The loss of an evaluated candidate: by labels where there are any that do not belie the original; else by its answers, where outputs are distributions
 * over classes or texts; else by the error of its outputs. `undefined` where it could not be evaluated.
 * @param isDoubted whether labels belie the original, where other samples have told.
 */
export function lossOf(
  original: Evaluation,
  candidate: Evaluation,
  isDoubted = doubtOf(original) !== undefined,
): Loss | undefined {
  const { difference, outputMatch, samples, failure } = candidate;
  if (failure !== undefined || outputMatch === undefined) return undefined;
  if (difference === undefined || isDoubted) return lossOfMatch(outputMatch);
  const { value, interval, onlyOriginal, onlyVariant } = difference;
  const inputs = 'data' as const;
  if (difference.metric !== 'mae') {
    const counts = onlyOriginal === undefined || onlyVariant === undefined ? {} : { onlyOriginal, onlyVariant };
    return { of: 'accuracy', value: negative(value), interval: flipped(interval), samples, inputs, ...counts };
  }
  const scale = original.accuracy?.metrics['mae']?.value ?? 0;
  if (!(scale > 0)) return lossOfMatch(outputMatch);
  return { of: 'error', value: value / scale, interval: [interval[0] / scale, interval[1] / scale], samples, inputs };
}

/** The loss as far as outputs tell. Answers count on data alone: of inputs that are made up they say nothing. */
export function lossOfMatch(match: DataMatch): Loss | undefined {
  if (match.comparable === false) return undefined;
  const { samples, inputs } = match;
  const agreements = match.perOutput.flatMap(({ agreement }) => agreement ?? []);
  const worst = agreements.toSorted((a, b) => a.value - b.value)[0];
  if (worst !== undefined && inputs === 'data') {
    const interval = [1 - worst.interval[1], 1 - worst.interval[0]] as const;
    return { of: 'answers', value: 1 - worst.value, interval, samples, inputs };
  }
  const value = match.identical ? 0 : relativeError(levelOf(match));
  return { of: 'outputs', value, interval: null, samples, inputs };
}

export function screeningOf(match: DataMatch): Screening {
  const divergences = match.perOutput.flatMap(({ klDivergence }) => klDivergence ?? []);
  return {
    sqnrDb: match.sqnrDb,
    klDivergence: divergences.length === 0 ? null : Math.max(...divergences),
    grade: matchGrade(match),
    samples: match.samples,
    inputs: match.inputs,
  };
}

/** The most that may be lost, in the unit of the loss. */
export function limitOf({ of }: Pick<Loss, 'of'>, { accuracyLoss, sqnrDb }: SearchLimits): number {
  return of === 'outputs' ? relativeError(sqnrDb) : accuracyLoss;
}

/**
 * What samples that nothing was chosen by say of a loss.
 * @param level how likely one that loses just the limit may be confirmed by chance.
 */
export function confirmationOf(loss: Loss, limits: SearchLimits, level = usualLevel): Confirmation {
  if (loss.value > limitOf(loss, limits)) return 'contradicted';
  return significanceOf(loss, limits) <= level ? 'confirmed' : 'consistent';
}

/**
 * How likely one that loses just the limit shows no more than was seen, which is within it (one-sided p-value): by the score test of
 * shares, paired where counts are known (Tango), else by the interval. 1 where there is none.
 */
function significanceOf(loss: Loss, limits: SearchLimits): number {
  const { of, value, interval, samples, onlyOriginal, onlyVariant } = loss;
  const limit = limitOf(loss, limits);
  if (onlyOriginal !== undefined && onlyVariant !== undefined) {
    return normalTail(-tangoStatistic(onlyOriginal, onlyVariant, samples, limit));
  }
  if (interval === null) return 1;
  const room = limit - value;
  if (of === 'answers') return normalTail(room / Math.sqrt((limit * (1 - limit)) / samples));
  const spread = (interval[1] - value) / normalQuantile975;
  return normalTail(spread > 0 ? room / spread : Infinity);
}

/** The loss that so many samples leave possible where none of them shows any: the upper end of the interval at the usual level. */
export function unseenLoss({ of, samples }: Pick<Loss, 'of' | 'samples'>): number {
  if (of === 'outputs') return Infinity;
  return of === 'error' ? 0 : pairedProportionDifference(0, 0, samples, usualQuantile).interval[1];
}

/**
 * So few samples confirm a candidate that loses none of them, one-sided at 2.5 %: z² = n·limit ÷ (1 − limit) where none is lost (Tango).
 * Infinity where nothing may be lost, and 1 where a loss is no share of samples.
 */
export function fewestConfirming({ of }: Pick<Loss, 'of'>, limits: SearchLimits): number {
  if (of === 'outputs' || of === 'error') return 1;
  const limit = limitOf({ of }, limits);
  return Math.ceil((normalQuantile975 ** 2 * (1 - limit)) / limit);
}

function flipped([low, high]: readonly [number, number]): readonly [number, number] {
  return [negative(high), negative(low)];
}

/** Without a negative zero, which prints as one. */
function negative(value: number): number {
  return 0 - value;
}
