/** The only rule that holds a loss against a limit, and its words (docs/design/measuring.md). */
import { capitalize, formatCount, formatCounted } from '../format';
import { describeAmount, describeNoLoss, formatLoss, formatLossInterval, type Loss } from './loss';

/** From the best to the worst. `unknown`: random inputs show no loss, and do not show that there is none. */
export const lossWords = [
  'within',
  'probably-within',
  'unknown',
  'too-few-samples',
  'probably-outside',
  'outside',
] as const;
export type LossWord = (typeof lossWords)[number];

export interface LossVerdict {
  readonly word: LossWord;
  /** In the unit of the loss: 0.01 is one point. */
  readonly limit: number;
  /** Nobody set the limit. */
  readonly isDefaultLimit?: boolean;
  /** The loss, what it means for the limit, and what would settle it if that is open. */
  readonly sentence: string;
  /** Absent: it is settled, or nothing known would settle it. */
  readonly toSettle?: ToSettle;
}

export interface ToSettle {
  /** All samples of the data, if more are left. Otherwise so many as would settle it. */
  readonly samples: number;
  /** The time for them, if a sample was timed. */
  readonly seconds?: number;
  /** The samples are those of the data. */
  readonly isOfData?: boolean;
  /** Only others than the samples that selected or calibrated it settle it. */
  readonly areOthers?: boolean;
  /** The samples that would most likely settle it, if the data has too few. */
  readonly needed?: number;
}

/** What else is known where a loss is held against a limit. */
export interface LossContext {
  readonly limit: number;
  readonly isDefaultLimit?: boolean;
  /**
   * `selected`, `calibrated`: the same samples selected or calibrated the variant, so it seems better than it is. `tested`:
   * they are held out, and checked more than one. Each way they show no more than that it is probably within.
   */
  readonly unconfirmed?: 'selected' | 'calibrated' | 'tested';
  /** The samples of the data. Absent: unknown. */
  readonly available?: number | undefined;
  readonly msPerSample?: number | undefined;
}

/** An interval that is wider than this many limits leaves everything open. */
const mostLimitsWide = 4;
/** More samples than so many times the present ones are no advice. */
const mostTimesMore = 50;

/**
 * The word for a loss with its 95 % interval against a limit, all in one unit. The rule is total: each loss has exactly
 * one word. A loss without an interval counts as exact.
 */
export function lossWord(value: number, interval: readonly [number, number] | null, limit: number): LossWord {
  const [low, high] = interval ?? [value, value];
  if (high <= limit) return 'within';
  if (low > limit) return 'outside';
  if (high - low > mostLimitsWide * limit) return 'too-few-samples';
  return value <= limit ? 'probably-within' : 'probably-outside';
}

/** Holds a loss against a limit. */
export function lossVerdict(loss: Loss, context: LossContext): LossVerdict {
  const { limit, isDefaultLimit = false, unconfirmed } = context;
  const word = asFarAsShown(lossWord(loss.value, loss.interval, limit), loss, unconfirmed);
  const toSettle = isSettled(word) ? undefined : settling(loss, context);
  const verdict = { word, limit, ...(isDefaultLimit && { isDefaultLimit }), ...(toSettle && { toSettle }) };
  return { ...verdict, sentence: describeLossVerdict(loss, verdict, context) };
}

/** No samples show more than they can: random inputs nothing about data, and those that selected a variant only what is likely. */
function asFarAsShown(word: LossWord, { inputs, interval }: Loss, unconfirmed: LossContext['unconfirmed']): LossWord {
  if (word !== 'within') return word;
  if (inputs === 'synthetic') return 'unknown';
  return unconfirmed !== undefined && interval !== null ? 'probably-within' : word;
}

/** The verdict of the worst of several limits: all must be kept. */
export function worstVerdict(verdicts: readonly LossVerdict[]): LossVerdict | undefined {
  return verdicts.toSorted((a, b) => lossWords.indexOf(b.word) - lossWords.indexOf(a.word))[0];
}

export function isSettled(word: LossWord): boolean {
  return word === 'within' || word === 'outside';
}

/** True if the loss is more likely above the limit than not. */
export function isBeyond(word: LossWord): boolean {
  return word === 'outside' || word === 'probably-outside';
}

/** How the best candidate of a search is called: nothing is recommended whose loss nobody can tell. */
export function nameOfBest(word: LossWord | undefined): 'recommended' | 'best so far' {
  return word === 'too-few-samples' || word === 'unknown' ? 'best so far' : 'recommended';
}

/** Only here is "no measurable difference" said: the whole interval is within the limit, and holds zero. */
export function isNoDifference(
  { word }: Pick<LossVerdict, 'word'>,
  { interval, value }: Pick<Loss, 'interval' | 'value'>,
): boolean {
  const [low, high] = interval ?? [value, value];
  return word === 'within' && low <= 0 && high >= 0;
}

export type LossTone = 'better' | 'worse' | 'noise' | 'open';

/** Better only if the whole interval gains. A word that settles nothing is open. */
export function toneOfLoss({ word }: Pick<LossVerdict, 'word'>, { interval }: Pick<Loss, 'interval'>): LossTone {
  if (isBeyond(word)) return 'worse';
  if (word !== 'within') return 'open';
  return interval !== null && interval[1] < 0 ? 'better' : 'noise';
}

function isExact({ interval }: Pick<Loss, 'interval'>): boolean {
  return interval === null || interval[0] === interval[1];
}

/** For a chip: `no difference`, `within the limit`, `probably within`, `accuracy unknown`, `too few samples`, `probably outside`, `outside the limit`. */
export function shortVerdict(verdict: Pick<LossVerdict, 'word'>, loss: Loss): string {
  if (isNoDifference(verdict, loss)) return isExact(loss) ? 'identical' : 'no difference';
  return shortWords[verdict.word];
}

export const shortWords: Readonly<Record<LossWord, string>> = {
  within: 'within the limit',
  'probably-within': 'probably within',
  unknown: 'accuracy unknown',
  'too-few-samples': 'too few samples',
  'probably-outside': 'probably outside',
  outside: 'outside the limit',
};

/**
 * The claim for a headline, in lower case: `no measurable accuracy loss on 800 samples`, `0.40 points of accuracy lost on 500
 * samples (−0.60 to 1.4), probably within the limit of 1 point`.
 */
export function describeClaim(
  loss: Loss,
  verdict: Pick<LossVerdict, 'word' | 'limit' | 'isDefaultLimit'>,
  ofData = 'sample',
): string {
  const on = `on ${formatCounted(loss.samples, loss.inputs === 'synthetic' ? 'random input' : ofData)}`;
  if (isNoDifference(verdict, loss)) return `${isExact(loss) ? describeAmount(loss) : describeNoLoss(loss)} ${on}`;
  const limit = nameOfLimit(loss, verdict);
  const interval = formatLossInterval(loss);
  const range = isExact(loss) ? '' : ` (${interval})`;
  const amount = `${describeAmount(loss)} ${on}${range}`;
  switch (verdict.word) {
    case 'within':
      return `${amount}, within ${limit}`;
    case 'probably-within':
      return `${amount}, probably within ${limit}`;
    case 'unknown':
      return `${amount}, which do not show the accuracy`;
    case 'too-few-samples':
      return `${amount}: too few samples for ${limit}`;
    case 'probably-outside':
      return `${amount}, probably above ${limit}`;
    case 'outside':
      return `${amount}, above ${limit}`;
  }
}

function nameOfLimit(loss: Loss, { limit, isDefaultLimit }: Pick<LossVerdict, 'limit' | 'isDefaultLimit'>): string {
  return `the ${isDefaultLimit === true ? 'default ' : ''}limit of ${formatLoss(loss, limit)}`;
}

/**
 * `Use all 160 samples (30 s) to settle it.`, `Use all 160 samples. Others can confirm it.`, `About 4,000 samples would settle it.` Empty
 * if it is settled, or nothing known would settle it.
 */
export function describeSettling({ toSettle }: Pick<LossVerdict, 'toSettle'>): string {
  if (toSettle === undefined) return '';
  const { samples, seconds, isOfData, areOthers = false, needed } = toSettle;
  const time = seconds === undefined ? '' : ` (${formatCount(seconds)} s)`;
  if (isOfData !== true)
    return `About ${formatCount(samples)} ${areOthers ? 'other ' : ''}samples${time} would settle it.`;
  const all = `Use all ${formatCount(samples)} samples${time}`;
  if (needed !== undefined) return `${all}. About ${formatCount(needed)}${areOthers ? ' others' : ''} would settle it.`;
  return areOthers ? `${all}. Others can confirm it.` : `${all} to settle it.`;
}

type Judged = Pick<LossVerdict, 'word' | 'limit' | 'isDefaultLimit' | 'toSettle'>;

function describeLossVerdict(loss: Loss, verdict: Judged, { unconfirmed }: LossContext): string {
  const selected =
    unconfirmed !== undefined && unconfirmed !== 'tested' && verdict.word === 'probably-within'
      ? ` These samples also ${unconfirmed} it.`
      : '';
  const next = describeSettling(verdict);
  // A limit that nobody set is named, also where the claim is short.
  const isUnnamed = verdict.isDefaultLimit === true && isNoDifference(verdict, loss) && !isExact(loss);
  const within = isUnnamed ? `, within ${nameOfLimit(loss, verdict)}` : '';
  return `${capitalize(describeClaim(loss, verdict))}${within}.${selected}${next === '' ? '' : ` ${next}`}`;
}

/** So many more samples than were used are worth another evaluation. */
const worthwhileShare = 1.1;

/** The interval shrinks with the square root of the samples. The estimate is for a loss that stays as it is. */
function settling(
  { value, interval, samples }: Loss,
  { limit, available = 0, msPerSample, unconfirmed }: LossContext,
): ToSettle | undefined {
  if (interval === null || samples === 0) return undefined;
  const room = limit - value;
  const half = room >= 0 ? interval[1] - value : value - interval[0];
  const isSeen = unconfirmed !== undefined;
  const isCheckOnly = isSeen && interval[1] <= limit;
  const wanted = isCheckOnly ? samples : samples * (half / Math.abs(room)) ** 2;
  const needed = wanted <= mostTimesMore * samples ? Math.max(samples, Number(wanted.toPrecision(2))) : undefined;
  const timed = (count: number): Pick<ToSettle, 'seconds'> =>
    msPerSample === undefined ? {} : { seconds: Math.max(1, Math.round((count * msPerSample) / 1000)) };
  // More of the samples that selected it narrow the interval, and confirm nothing.
  if (!isCheckOnly && available > samples * worthwhileShare) {
    const isTooFew = needed !== undefined && needed > available;
    const others = { ...(isTooFew && { needed }), ...(isSeen && { areOthers: true }) };
    return { samples: available, ...timed(available), isOfData: true, ...others };
  }
  return needed === undefined
    ? undefined
    : { samples: needed, ...timed(needed), ...(isCheckOnly && { areOthers: true }) };
}
