/** The loss of a variant against the original, in numbers and in words. */
import type { OutputKind } from '../data/output-kind';
import { capitalize, formatNumber, formatPercent, formatShare } from '../format';
import { isErrorMetric, isShareMetric } from '../metrics/describe-accuracy';
import type { PairedDifference } from '../metrics/evaluation';

/** The loss of a candidate against the original on the same samples. Above 0 is worse. */
export interface Loss {
  /**
   * `accuracy`: share of right answers that are no longer right. `error`: growth of the mean absolute error as a share of the
   * original's. `perplexity`: the same for the perplexity. `answers`: share of samples with another answer than the
   * original's. `cosine`: mean of 1 − cosine of embeddings. `outputs`: error of the outputs as a share of their size (root mean square).
   */
  readonly of: 'accuracy' | 'error' | 'perplexity' | 'answers' | 'cosine' | 'outputs';
  readonly value: number;
  /** 95 %. `null` of `outputs`, which have none. */
  readonly interval: readonly [number, number] | null;
  readonly samples: number;
  readonly inputs: 'data' | 'synthetic';
  /** Samples that only the one or only the other got right, of `accuracy`. */
  readonly onlyOriginal?: number;
  readonly onlyVariant?: number;
  /** The kind of the output that it is measured on. Absent: labels of samples decide it, or an earlier version wrote the loss. */
  readonly kind?: OutputKind;
  /** The loss of the worst output in other units, by the limit that may apply to each. Absent in work of earlier versions. */
  readonly figures?: LossFigures;
}

/** Limits on outputs by their kind. */
export type OutputLimit = 'sqnrDb' | 'cosineLoss' | 'neighborLoss' | 'overlapLoss' | 'stepLoss';

export type LossFigures = Partial<Readonly<Record<OutputLimit, LossFigure>>>;

export interface LossFigure {
  readonly value: number;
  /** 95 %. `null`: there is none. */
  readonly interval: readonly [number, number] | null;
}

/**
 * The loss that a paired difference of a task's metric shows. An error counts as a share of the original's: `undefined`
 * if that is zero or unknown.
 */
export function lossOfDifference(
  {
    metric,
    value,
    interval,
    onlyOriginal,
    onlyVariant,
  }: Omit<PairedDifference, 'onlyOriginal' | 'onlyVariant'> &
    Partial<Pick<PairedDifference, 'onlyOriginal' | 'onlyVariant'>>,
  samples: number,
  originalValue: number | undefined,
): Loss | undefined {
  const shared = { samples, inputs: 'data' } as const;
  // Error rates of characters are shares already, so their loss is in points, as for right answers.
  if (isErrorMetric(metric) && isShareMetric(metric)) {
    return { of: 'accuracy', value, interval, ...shared, kind: 'sequence' };
  }
  if (!isErrorMetric(metric)) {
    const counts = onlyOriginal === undefined || onlyVariant === undefined ? {} : { onlyOriginal, onlyVariant };
    const kind = metric === 'map' ? ({ kind: 'boxes' } as const) : counts;
    return { of: 'accuracy', value: 0 - value, interval: [0 - interval[1], 0 - interval[0]], ...shared, ...kind };
  }
  const scale = originalValue ?? 0;
  if (!(scale > 0)) return undefined;
  const of = metric === 'perplexity' ? 'perplexity' : 'error';
  return { of, value: value / scale, interval: [interval[0] / scale, interval[1] / scale], ...shared };
}

/** The name of one decision of an output, and of several. */
const answerWords: Partial<Readonly<Record<OutputKind, readonly [string, string]>>> = {
  scores: ['prediction', 'predictions'],
  sequence: ['step', 'steps'],
  boxes: ['box', 'boxes'],
  texts: ['text', 'texts'],
};

function answerWordsOf(kind: OutputKind | undefined): readonly [string, string] {
  return answerWords[kind ?? 'scores'] ?? answerWords.scores!;
}

/** `0.20 points of accuracy lost`, `1.2 % of the predictions changed`, `output error 0.40 %`. It starts in lower case. */
export function describeAmount({ of, value, kind, figures }: Loss): string {
  switch (of) {
    case 'outputs':
      return value === 0 ? 'identical outputs' : `output error ${formatPercent(value)}`;
    case 'answers': {
      const [one, all] = answerWordsOf(kind);
      return value === 0 ? `no ${one} changed` : `${formatPercent(value)} of the ${all} changed`;
    }
    case 'cosine': {
      if (value === 0) return 'identical embeddings';
      const neighbors = figures?.neighborLoss;
      const moved =
        neighbors === undefined ? '' : `, ${formatPercent(neighbors.value)} of the nearest neighbors changed`;
      return `embedding error ${formatLoss({ of }, value)}${moved}`;
    }
    case 'accuracy': {
      if (value === 0) return 'same accuracy';
      return `${formatLoss({ of }, Math.abs(value))} of accuracy ${value > 0 ? 'lost' : 'gained'}`;
    }
    default:
      return value === 0
        ? `same ${of}`
        : `the ${of} is ${formatPercent(Math.abs(value))} ${value > 0 ? 'larger' : 'smaller'}`;
  }
}

/** The claim of no loss, where it may be made. */
export function describeNoLoss({ of, kind }: Pick<Loss, 'of' | 'kind'>): string {
  if (of === 'accuracy') return 'no measurable accuracy loss';
  if (of === 'error' || of === 'perplexity') return `no measurable increase of the ${of}`;
  return of === 'answers' ? `no ${answerWordsOf(kind)[0]} changed` : 'no measurable difference';
}

/** The heading of the loss column. It says accuracy only if there are labels. */
export function nameOfLoss({ of, inputs, kind }: Pick<Loss, 'of' | 'inputs' | 'kind'>): string {
  if (inputs === 'synthetic') return 'Output error, random inputs';
  return {
    accuracy: 'Accuracy lost',
    error: 'Error increase',
    perplexity: 'Perplexity increase',
    answers: `${capitalize(answerWordsOf(kind)[1])} changed`,
    cosine: 'Embedding error',
    outputs: 'Output error',
  }[of];
}

/**
 * A loss in percent or points, as it is shown and drawn. Two vectors of length 1 with the cosine 1 − c are √(2 c) apart, so a
 * cosine is shown as an error, like all others.
 */
export function shownLoss({ of }: Pick<Loss, 'of'>, value: number): number {
  return 100 * (of === 'cosine' ? Math.sqrt(2 * Math.max(0, value)) : value);
}

/** The loss that is shown so. */
export function lossShownAs({ of }: Pick<Loss, 'of'>, shown: number): number {
  return of === 'cosine' ? (shown / 100) ** 2 / 2 : shown / 100;
}

/** `0.20 points`, `1 point`, `1.2 %`; the error of embeddings `5.1 %`. */
export function formatLoss({ of }: Pick<Loss, 'of'>, value: number): string {
  if (of === 'cosine') return formatShare(shownLoss({ of }, value) / 100);
  if (of !== 'accuracy') return formatPercent(value);
  const points = formatNumber(100 * value, 2);
  return `${points} ${points === '1' ? 'point' : 'points'}`;
}

/** `0.20 points (−0.10 to 0.50)`; without the interval if there is none. */
export function describeInterval(loss: Pick<Loss, 'of' | 'value' | 'interval'>): string {
  const interval = formatLossInterval(loss);
  return `${formatLoss(loss, loss.value)}${interval === null ? '' : ` (${interval})`}`;
}

/** `−0.10 to 0.50`; `null`: there is none. */
export function formatLossInterval({ of, interval }: Pick<Loss, 'of' | 'interval'>): string | null {
  return interval && interval.map((end) => formatNumber(shownLoss({ of }, end), 2)).join(' to ');
}
