/** The loss of a candidate from an evaluation or a screening, and its comparison with limits. */
import { doubtOf } from '../metrics/accuracy-warnings';
import { areBoxesLost } from '../metrics/detection/box-tally';
import type { ComparedOutput, DataMatch, Estimate, Evaluation } from '../metrics/evaluation';
import { answerAgreement } from '../metrics/match-distance';
import { levelOf, matchGrade, relativeError } from '../metrics/match-grade';
import { normalQuantile975, normalTail } from '../metrics/normal-quantile';
import { pairedProportionDifference, tangoStatistic } from '../metrics/proportion-interval';
import { lossOfDifference, type Loss, type LossFigure, type LossFigures, type OutputLimit } from '../verdict/loss';
import type { Confirmation, Screening } from './candidate';
import { usualOutputLimits, type SearchLimits } from './search-goal';

/** The level without a sequence of tests (confirmations.ts): one-sided 5 % for three candidates (Bonferroni). */
const usualLevel = 0.05 / 3;
/** The 1 − 0.05 ÷ 3 quantile of the normal distribution. */
const usualQuantile = 2.128045234184983;

/**
 * Returns the loss of an evaluated candidate. It is by labels if there are any that do not contradict the original.
 * Otherwise it is by answers, if outputs are distributions over classes or texts, and else by the cosine of embeddings
 * or the error of outputs. `undefined` if it could not be evaluated.
 * @param isDoubted whether labels contradict the original on other samples.
 */
export function lossOf(
  original: Evaluation,
  candidate: Evaluation,
  isDoubted = doubtOf(original) !== undefined,
): Loss | undefined {
  const { difference, outputMatch, samples, failure } = candidate;
  if (failure !== undefined || outputMatch === undefined) return undefined;
  if (difference === undefined || isDoubted) return lossOfMatch(outputMatch);
  const byOutputs = difference.metric === 'map' && areBoxesLost(outputMatch) ? lossOfMatch(outputMatch) : undefined;
  const byLabels = lossOfDifference(difference, samples, original.accuracy?.metrics[difference.metric]?.value);
  if (byOutputs !== undefined || byLabels === undefined) return byOutputs ?? lossOfMatch(outputMatch);
  return { ...byLabels, figures: figuresOfMatch(outputMatch) };
}

/**
 * Returns the loss by outputs alone, in the unit of their kind. It is the share of changed answers for distributions
 * and texts, else the cosine loss of embeddings, else the error. Only the error counts on random inputs.
 */
export function lossOfMatch(match: DataMatch): Loss | undefined {
  if (match.comparable === false) return undefined;
  const { samples, inputs, perOutput } = match;
  const figures = { figures: figuresOfMatch(match) };
  if (inputs === 'data') {
    const answers = worstOf(perOutput, (output) => {
      const kept = output.boxAgreement ?? answerAgreement(output);
      return kept && oneMinus(kept);
    });
    if (answers !== undefined) return { of: 'answers', ...answers, samples, inputs, ...figures };
    const cosine = worstOf(perOutput, ({ cosineLoss }) => cosineLoss);
    if (cosine !== undefined) {
      return { of: 'cosine', ...cosine, interval: boundedInterval(cosine.interval), samples, inputs, ...figures };
    }
  }
  const value = match.identical ? 0 : relativeError(levelOf(match));
  const [only] = perOutput;
  const kind = perOutput.length === 1 && only?.kind !== undefined ? { kind: only.kind } : {};
  return { of: 'outputs', value, interval: null, samples, inputs, ...kind, ...figures };
}

/** The loss of the worst output, with its kind. */
function worstOf(
  perOutput: DataMatch['perOutput'],
  lost: (output: ComparedOutput) => Estimate | null | undefined,
): (Estimate & Pick<Loss, 'kind'>) | undefined {
  const all = perOutput.flatMap((output) => {
    const estimate = lost(output);
    return estimate ? [{ ...estimate, ...(output.kind && { kind: output.kind }) }] : [];
  });
  return all.toSorted((a, b) => b.value - a.value)[0];
}

function figuresOfMatch(match: DataMatch): LossFigures {
  const { perOutput, sqnrDb } = match;
  const figureOf = (lost: (output: ComparedOutput) => Estimate | null | undefined): LossFigure | undefined => {
    const worst = worstOf(perOutput, lost);
    return worst && { value: worst.value, interval: boundedInterval(worst.interval) };
  };
  const figures: Partial<Record<OutputLimit, LossFigure | undefined>> = {
    sqnrDb: sqnrDb === null || !Number.isFinite(sqnrDb) ? undefined : { value: sqnrDb, interval: null },
    cosineLoss: figureOf(({ cosineLoss }) => cosineLoss),
    neighborLoss: figureOf(({ neighborAgreement }) => neighborAgreement && oneMinus(neighborAgreement)),
    overlapLoss: figureOf(({ overlap }) => overlap && oneMinus(overlap)),
    stepLoss: figureOf(({ stepAgreement }) => stepAgreement && oneMinus(stepAgreement)),
  };
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== undefined));
}

function oneMinus({ value, interval: [low, high] }: Estimate): Estimate {
  return { value: 1 - value, interval: [1 - high, 1 - low] };
}

/** Losses are not negative. A mean of one sample has no interval. */
function boundedInterval([low, high]: readonly [number, number]): readonly [number, number] | null {
  return Number.isFinite(high - low) ? [Math.max(0, low), high] : null;
}

export function screeningOf(match: DataMatch): Screening {
  const divergences = match.perOutput.flatMap(({ klDivergence }) => klDivergence ?? []);
  const cosineLosses = match.perOutput.flatMap(({ cosineLoss }) => cosineLoss?.value ?? []);
  return {
    sqnrDb: match.sqnrDb,
    klDivergence: divergences.length === 0 ? null : Math.max(...divergences),
    ...(cosineLosses.length > 0 && { cosineLoss: Math.max(...cosineLosses) }),
    grade: matchGrade(match),
    samples: match.samples,
    inputs: match.inputs,
  };
}

/**
 * The allowed loss, in the unit of the loss. Without a set limit, the usual one of its kind. Infinity where nobody set
 * it, and another limit on outputs is set that these have.
 */
export function limitOf(loss: Pick<Loss, 'of' | 'figures'>, limits: SearchLimits): number {
  if (loss.of === 'outputs') return relativeError(leastSqnrDb(loss, limits));
  if (loss.of !== 'cosine') return limits.accuracyLoss;
  return limits.cosineLoss ?? (isReplaced(loss, limits) ? Infinity : usualOutputLimits.cosineLoss);
}

/** The least SQNR of outputs whose error decides; −Infinity where another limit on them is set. */
export function leastSqnrDb(loss: Pick<Loss, 'figures'>, limits: SearchLimits): number {
  return limits.sqnrDb ?? (isReplaced(loss, limits) ? -Infinity : usualOutputLimits.sqnrDb);
}

/** True if a limit is set that replaces the usual one. */
function isReplaced({ figures = {} }: Pick<Loss, 'figures'>, limits: SearchLimits): boolean {
  return outputLimits.some((name) => limits[name] !== undefined && figures[name] !== undefined);
}

const outputLimits: readonly OutputLimit[] = ['sqnrDb', 'cosineLoss', 'neighborLoss', 'overlapLoss', 'stepLoss'];

export interface Requirement {
  readonly limit: keyof SearchLimits;
  /** The value in the unit of the limit. */
  readonly value: number;
  readonly allowed: number;
}

interface TestedRequirement extends Requirement {
  readonly isBroken: boolean;
  /** The probability that a candidate exactly at the limit shows no larger loss than the measured one. */
  readonly significance: number;
}

/** Every limit on the loss, with the measured loss. */
export function requirementsOf(loss: Loss, limits: SearchLimits): readonly TestedRequirement[] {
  const { of, value } = loss;
  const allowed = limitOf(loss, limits);
  const seen = { isBroken: value > allowed, significance: significanceOf(loss, limits) };
  const own: TestedRequirement =
    of === 'outputs'
      ? { limit: 'sqnrDb', value: -20 * Math.log10(value), allowed: leastSqnrDb(loss, limits), ...seen }
      : { limit: ownLimitOf(loss), value, allowed, ...seen };
  const others = outputLimits.flatMap((limit): TestedRequirement[] => {
    const figure = loss.figures?.[limit];
    const given = limits[limit];
    if (figure === undefined || given === undefined || limit === own.limit) return [];
    const isBroken = limit === 'sqnrDb' ? figure.value < given : figure.value > given;
    const significance = significanceOfFigure(limit, figure, given);
    return [{ limit, value: figure.value, allowed: given, isBroken, significance }];
  });
  return [own, ...others];
}

/** The limit that the unit of a loss has. */
export function ownLimitOf({ of }: Pick<Loss, 'of'>): 'sqnrDb' | 'cosineLoss' | 'accuracyLoss' {
  if (of === 'outputs') return 'sqnrDb';
  return of === 'cosine' ? 'cosineLoss' : 'accuracyLoss';
}

/** Limits on the loss that it exceeds. */
export function brokenRequirements(loss: Loss, limits: SearchLimits): readonly Requirement[] {
  return requirementsOf(loss, limits)
    .filter(({ isBroken }) => isBroken)
    .map(({ limit, value, allowed }) => ({ limit, value, allowed }));
}

/** Checks the limit on a mean or a share by its interval. An SQNR is of all samples together, so its value counts. */
function significanceOfFigure(limit: OutputLimit, { value, interval }: LossFigure, allowed: number): number {
  if (limit === 'sqnrDb') return 0;
  return interval === null ? 1 : significanceOfRoom(allowed - value, interval[1] - value);
}

function significanceOfRoom(room: number, half: number): number {
  const spread = half / normalQuantile975;
  return normalTail(spread > 0 ? room / spread : Infinity);
}

/**
 * The outcome of a loss on held-out samples.
 * @param level how likely one that loses just the limit may be confirmed by chance.
 */
export function confirmationOf(loss: Loss, limits: SearchLimits, level = usualLevel): Confirmation {
  const requirements = requirementsOf(loss, limits);
  if (requirements.some(({ isBroken }) => isBroken)) return 'contradicted';
  // Every limit must be kept, so each is tested at the whole level (intersection–union test).
  return requirements.every(({ significance }) => significance <= level) ? 'confirmed' : 'consistent';
}

/**
 * Returns the one-sided p-value of the observed loss for a candidate that loses just the limit. The test is the score
 * test of shares, paired if counts are known (Tango), or else by the interval. 1 without an interval.
 */
function significanceOf(loss: Loss, limits: SearchLimits): number {
  const { of, value, interval, samples, onlyOriginal, onlyVariant, kind } = loss;
  const limit = limitOf(loss, limits);
  if (onlyOriginal !== undefined && onlyVariant !== undefined) {
    return normalTail(-tangoStatistic(onlyOriginal, onlyVariant, samples, limit));
  }
  if (interval === null) return 1;
  const room = limit - value;
  const ofShare = (): number => normalTail(room / Math.sqrt((limit * (1 - limit)) / samples));
  // mAP and error rates of characters are no shares of samples. If few samples all agree, their interval has no width, so both tests count.
  if (kind === 'boxes' || (of === 'accuracy' && kind !== undefined)) {
    return Math.max(ofShare(), significanceOfRoom(room, interval[1] - value));
  }
  if (of === 'answers') return ofShare();
  return significanceOfRoom(room, interval[1] - value);
}

/**
 * The loss that so many samples leave possible if none of them shows any: the upper end of the interval at the usual
 * level.
 */
export function unseenLoss({ of, samples }: Pick<Loss, 'of' | 'samples'>): number {
  if (of === 'outputs') return Infinity;
  return isMean(of) ? 0 : pairedProportionDifference(0, 0, samples, usualQuantile).interval[1];
}

/**
 * Returns the fewest samples that confirm a candidate without any loss, one-sided at 2.5 %. They follow from z² =
 * n·limit ÷ (1 − limit) (Tango). Infinity if no loss is permitted, and 1 if the loss is no share of samples.
 */
export function fewestConfirming({ of }: Pick<Loss, 'of'>, limits: SearchLimits): number {
  if (of === 'outputs' || isMean(of)) return 1;
  const limit = limitOf({ of }, limits);
  return Math.ceil((normalQuantile975 ** 2 * (1 - limit)) / limit);
}

/** True if the loss is a mean over samples, not a share of them. */
function isMean(of: Loss['of']): boolean {
  return of === 'error' || of === 'perplexity' || of === 'cosine';
}
