/** Compares the measurements of a model with the limits of a pipeline. */
import { describeFindings } from '../analysis/tensorrt-rules';
import type { Inspection } from '../analysis/inspection';
import { formatBytes, formatCount, formatDecibels, formatDuration, formatNumber, formatRatioInterval } from '../format';
import type { CellResult, Comparison, ExecutionProvider, Verdict } from '../metrics/cell';
import { areBoxesLost } from '../metrics/detection/box-tally';
import type { Evaluation } from '../metrics/evaluation';
import { lossOfDifference, type Loss } from '../verdict/loss';
import { isSettled, lossVerdict, shortWords, type LossVerdict } from '../verdict/loss-verdict';
import type { ModelLimits } from './model-limits';

/** Facts about the checked model. A limit whose fact is missing counts as exceeded, so nothing passes unchecked. */
export interface CheckedFacts {
  /** Inspection with the given sizes of inputs. */
  readonly inspection: Pick<Inspection, 'parameters' | 'macs' | 'unknown' | 'providers' | 'tensorrtRules'>;
  /** Model file and data files. */
  readonly sizeBytes: number;
  readonly gzipBytes?: number;
  readonly cells: readonly CellResult[];
  readonly comparison: readonly Comparison[];
  /** Evaluation of the variant beside the original, on data. */
  readonly evaluation?: Pick<Evaluation, 'difference' | 'outputMatch'> &
    Partial<Pick<Evaluation, 'samples'>> & {
      /** The original's value of the metric of the difference. An error counts as a share of it. */
      readonly originalValue?: number;
    };
  /** The variant is the original byte for byte: limits that compare the two need no measurement. */
  readonly isUnchanged?: boolean;
}

export interface LimitCheck {
  /** `sizeBytes`, `latency.wasm.ratio`. */
  readonly limit: string;
  readonly allowed: number;
  /** `null`: unknown, which breaks the limit. */
  readonly measured: number | null;
  readonly interval?: readonly [number, number];
  readonly holds: boolean;
  /** The figure keeps the limit, and its interval does not: the samples or pairs are too few to tell. Absent: it is settled. */
  readonly isUndecided?: true;
  /** What is known of the speed, of the limits on a ratio. */
  readonly verdict?: Verdict;
  /** The loss against the limit, of `accuracyLoss`. */
  readonly lossVerdict?: LossVerdict;
  /** One clause for people: the measured value, or the reason why it is unknown. */
  readonly what: string;
}

/**
 * One entry for each limit, in the order of the document's description. An undecided limit holds, unless the check is
 * strict.
 */
export function checkLimits(
  limits: ModelLimits,
  facts: CheckedFacts,
  { isStrict = false } = {},
): readonly LimitCheck[] {
  const { inspection, sizeBytes, gzipBytes } = facts;
  const checks = [
    ...atMost('sizeBytes', limits.sizeBytes, sizeBytes, formatBytes),
    ...atMost('gzipBytes', limits.gzipBytes, gzipBytes ?? null, formatBytes),
    ...atMost('parameters', limits.parameters, inspection.parameters, formatCount),
    ...atMost('macs', limits.macs, inspection.macs, formatCount, inspection.unknown.macs),
    ...Object.entries(limits.opsNotOn ?? {}).flatMap(([provider, allowed]) =>
      leaving(provider as 'webgpu' | 'webnn' | 'tensorrt', allowed, facts),
    ),
    ...Object.entries(limits.latency ?? {}).flatMap(([ep, { p95Ms, ratio } = {}]) => [
      ...slowest(ep as ExecutionProvider, p95Ms, facts),
      ...fastEnough(ep as ExecutionProvider, ratio, facts),
    ]),
    ...lossOfAnswers(limits.accuracyLoss, facts),
    ...nearEnough(limits.sqnrDb, facts),
  ];
  return checks.map((check) =>
    isStrict && check.isUndecided === true ? { ...check, holds: false, what: `undecided: ${check.what}` } : check,
  );
}

/** `holds`, `broken`; for what is open the word of the loss, such as `too few samples`, or that a speed is not yet known. */
export function describeOutcome({ holds, isUndecided, lossVerdict: loss }: LimitCheck): string {
  if (!holds) return 'broken';
  if (isUndecided !== true) return 'holds';
  return loss === undefined ? 'not yet known' : shortWords[loss.word];
}

function atMost(
  limit: string,
  allowed: number | undefined,
  measured: number | null,
  format: (value: number) => string,
  unknown?: string | null,
): readonly LimitCheck[] {
  if (allowed === undefined) return [];
  const what =
    measured === null ? `unknown${unknown ? `: ${unknown}` : ''}` : `${format(measured)}, limit ${format(allowed)}`;
  return [{ limit, allowed, measured, holds: measured !== null && measured <= allowed, what }];
}

function leaving(
  provider: 'webgpu' | 'webnn' | 'tensorrt',
  allowed: number | undefined,
  { inspection }: CheckedFacts,
): readonly LimitCheck[] {
  if (allowed === undefined) return [];
  const [measured, sentence] = provider === 'tensorrt' ? refusedByTensorrt(inspection) : leftBy(provider, inspection);
  return [{ limit: `opsNotOn.${provider}`, allowed, measured, holds: measured <= allowed, what: sentence }];
}

function leftBy(provider: 'webgpu' | 'webnn', { providers }: CheckedFacts['inspection']): readonly [number, string] {
  const { leaves, sentence } = providers[provider];
  return [leaves.length, sentence];
}

function refusedByTensorrt({ tensorrtRules = [] }: CheckedFacts['inspection']): readonly [number, string] {
  const refused = tensorrtRules.filter(({ isFatal }) => isFatal);
  return [new Set(refused.map(({ path }) => path)).size, describeFindings(tensorrtRules)];
}

function slowest(ep: ExecutionProvider, allowed: number | undefined, { cells }: CheckedFacts): readonly LimitCheck[] {
  if (allowed === undefined) return [];
  const measured = cells.findLast((cell) => cell.ep === ep)?.steady.p95Ms ?? null;
  return atMost(`latency.${ep}.p95Ms`, allowed, measured, (ms) => formatDuration(ms));
}

const unchanged = 'the same file';

/** The limit is broken only if the whole interval is below it: an undecided comparison fails no pipeline. */
function fastEnough(
  ep: ExecutionProvider,
  allowed: number | undefined,
  { comparison, isUnchanged }: CheckedFacts,
): readonly LimitCheck[] {
  if (allowed === undefined) return [];
  const limit = `latency.${ep}.ratio`;
  if (isUnchanged === true)
    return [{ limit, allowed, measured: 1, holds: allowed <= 1, verdict: 'same', what: unchanged }];
  const found = comparison.find((one) => one.ep === ep);
  if (found === undefined) return [{ limit, allowed, measured: null, holds: false, what: 'unknown' }];
  const { ratio, interval, verdict } = found;
  if (verdict === 'invalid') {
    return [{ limit, allowed, measured: null, holds: false, verdict, what: 'unknown: the outputs are wrong' }];
  }
  const what = `${formatRatioInterval(ratio, interval)} the speed of the original`;
  const isUndecided = interval[0] < allowed && interval[1] >= allowed;
  const holds = interval[1] >= allowed;
  return [{ limit, allowed, measured: ratio, interval, holds, ...(isUndecided && { isUndecided }), verdict, what }];
}

/** The figure itself decides; the text also states that the interval allows a larger loss. */
function lossOfAnswers(allowed: number | undefined, { evaluation, isUnchanged }: CheckedFacts): readonly LimitCheck[] {
  if (allowed === undefined) return [];
  const limit = 'accuracyLoss';
  if (isUnchanged === true) return [{ limit, allowed, measured: 0, holds: true, what: unchanged }];
  const loss = evaluation && lossOfEvaluation(evaluation);
  if (loss === undefined) {
    const what = 'unknown: this needs the original, and labels that agree with it or boxes';
    return [{ limit, allowed, measured: null, holds: false, what }];
  }
  const { value: measured, interval } = loss;
  const holds = measured <= allowed;
  const verdict = lossVerdict(loss, { limit: allowed });
  const isUndecided = holds && !isSettled(verdict.word);
  const what = describeLost(loss, holds && interval[1] > allowed);
  const open = isUndecided && ({ isUndecided } as const);
  return [{ limit, allowed, measured, interval, holds, ...open, lossVerdict: verdict, what }];
}

function describeLost({ of, value, interval: [least, most] }: CheckedLoss, isInDoubt: boolean): string {
  const number = (share: number): string => formatNumber(100 * share, 2);
  const unit = of === 'accuracy' ? 'points' : of === 'answers' ? '% of the boxes' : '%';
  const inUnit = (share: number): string => `${number(share)} ${unit}`;
  const isShareLost = of === 'accuracy' || of === 'answers';
  const lost = isShareLost ? `${inUnit(value)} lost` : `the ${of} is ${inUnit(value)} larger`;
  const range = least === most ? '' : `, 95 % interval ${number(least)} to ${inUnit(most)}`;
  return `${value > 0 ? lost : 'no loss'}${range}${isInDoubt ? `; a loss of up to ${inUnit(most)} is possible` : ''}`;
}

type CheckedLoss = Loss & { readonly interval: readonly [number, number] };

/** By labels. Boxes that are not found again count without labels, and with labels if most of them are lost. */
function lossOfEvaluation({
  difference,
  outputMatch,
  samples = 0,
  originalValue,
}: NonNullable<CheckedFacts['evaluation']>): CheckedLoss | undefined {
  const isFaded = difference?.metric === 'map' && outputMatch !== undefined && areBoxesLost(outputMatch);
  if (difference !== undefined && !isFaded) {
    const loss = lossOfDifference(difference, samples, originalValue);
    return loss && { ...loss, interval: loss.interval! };
  }
  const agreement = outputMatch?.perOutput.find(({ boxAgreement }) => boxAgreement !== undefined)?.boxAgreement;
  if (agreement === undefined) return undefined;
  const { value, interval } = agreement;
  const lost = { value: 1 - value, interval: [1 - interval[1], 1 - interval[0]] } as const;
  return { of: 'answers', ...lost, samples, inputs: 'data', kind: 'boxes' };
}

/** On data if there is any, otherwise on the random inputs of the benchmark. */
function nearEnough(
  allowed: number | undefined,
  { evaluation, cells, isUnchanged }: CheckedFacts,
): readonly LimitCheck[] {
  if (allowed === undefined) return [];
  if (isUnchanged === true) return [{ limit: 'sqnrDb', allowed, measured: null, holds: true, what: unchanged }];
  const match = evaluation ? evaluation.outputMatch : cells.findLast(({ ep }) => ep === 'wasm')?.outputMatch;
  const measured = match?.sqnrDb ?? null;
  const inputs = evaluation ? 'data' : 'random inputs';
  if (match?.identical)
    return [{ limit: 'sqnrDb', allowed, measured, holds: true, what: `identical outputs on ${inputs}` }];
  const what = measured === null ? 'unknown' : `${formatDecibels(measured)} on ${inputs}`;
  return [{ limit: 'sqnrDb', allowed, measured, holds: measured !== null && measured >= allowed, what }];
}
