/** Warnings that make a figure of accuracy doubtful: labels and outputs that do not mean the same classes. */
import { accuracyName, formatMetric, formatMetricInterval } from './describe-accuracy';
import { formatCount, formatCounted, formatFirst, formatPercent } from '../format';
import { className } from './class-names';
import { fitClassOrder, type AnswerCount } from './class-order';
import type { Accuracy, AccuracyWarning, Evaluation } from './evaluation';
import { proportion } from './proportion-interval';

/** Doubts of the original's accuracy that make any difference to it mean nothing. */
const doubts = new Set<AccuracyWarning['code']>([
  'class-order',
  'below-chance',
  'same-answer',
  'chance-level',
  'preprocessing',
  'boxes',
  'unchecked',
]);

/** True if the warning makes every difference to the original meaningless. */
export function isDoubt({ code }: AccuracyWarning): boolean {
  return doubts.has(code);
}

/** The part of the data that a person must check before an accuracy counts. `undefined`: there is no doubt. */
export function uncheckedBy(warnings: readonly AccuracyWarning[] = []): 'labels' | 'inputs' | undefined {
  const doubt = warnings.find(isDoubt);
  return doubt && (doubt.code === 'preprocessing' ? 'inputs' : 'labels');
}

/** The warning that makes the accuracy of the original, and every difference to it, meaningless: a sentence. `undefined`: there is none. */
export function doubtOf({ accuracy }: Pick<Evaluation, 'accuracy'>): string | undefined {
  return accuracy?.warnings?.find(isDoubt)?.message;
}

export interface CountedAnswers {
  /** The share of right answers, by its name in `metrics`. */
  readonly metric: 'top1' | 'accuracy';
  readonly metrics: Accuracy['metrics'];
  readonly samples: number;
  readonly counts: readonly AnswerCount[];
  readonly classCount: number;
  /** The classes in the form of an order of classes; `undefined` if they are numbers. */
  readonly names: readonly string[] | undefined;
  /** False if the positive class is chosen, because an order of classes then has no effect on yes and no. */
  readonly isOrdered: boolean;
}

/** Fewer samples are too few for a warning. */
const fewestSamples = 10;
/** Below these bounds a better order may be chance, or would change little. */
const fewestSamplesPerClass = 5;
const leastGain = 0.2;
const leastFitted = 0.5;

/**
 * Returns the first warning that applies: another order of classes fits far better; answers are worse than guessing;
 * nearly all answers are the same although the labels are not; answers are no better than guessing. Another order fits
 * far better if it is right for at least half of the samples. Its share must be at least 20 points above the current
 * one. Their 95 % intervals must be separate. The mean recall must grow as much, which excludes models with a constant
 * answer. Answers are worse than guessing if the 95 % interval ends below 1 ÷ the number of classes.
 */
export function warnOfClassOrder(answers: CountedAnswers): AccuracyWarning | undefined {
  const { metric, metrics, samples, classCount } = answers;
  const estimate = metrics[metric];
  if (estimate === undefined || samples === 0 || classCount < 2) return undefined;
  const needed = Math.max(
    fewestSamples,
    fewestSamplesPerClass * new Set(answers.counts.map(({ label }) => label)).size,
  );
  const unchecked = samples < needed ? warnOfFewSamples(answers, needed) : undefined;
  if (samples < fewestSamples) return unchecked;
  const figure = `${accuracyName(metric)} is ${formatMetric(metric, estimate.value)} (${formatMetricInterval(metric, estimate.interval)})`;
  const { order, correct, meanRecall } = fitClassOrder(answers.counts, classCount);
  const fitted = proportion(correct, samples);
  const isFarBetter =
    samples >= needed &&
    fitted.value >= leastFitted &&
    fitted.value - estimate.value >= leastGain &&
    fitted.interval[0] > estimate.interval[1] &&
    meanRecall.fitted - meanRecall.before >= leastGain;
  if (isFarBetter) {
    const would = `${figure}, and would be ${formatMetric(metric, fitted.value)}`;
    if (!answers.isOrdered) {
      return {
        code: 'class-order',
        message: `${would} with yes and no swapped. The output probably means the other class: choose another positive class.`,
      };
    }
    return {
      code: 'class-order',
      message: `${would} with another class order. The model was probably trained with it: check the class order of the labels.`,
      classes: order.map((label) => className(label, answers.names)),
    };
  }
  const chance = 1 / classCount;
  if (estimate.interval[1] < chance) {
    return {
      code: 'below-chance',
      message: `${figure}, worse than guessing among ${formatCount(classCount)} classes (${formatPercent(chance)}). Check the class order of the labels, the labels and the preprocessing.`,
    };
  }
  return warnOfSameAnswer(answers, figure) ?? warnOfChance(answers, figure) ?? unchecked;
}

/** The least ratio of right answers to guessing. Another order of few classes leaves some answers right. */
const clearlyAboveChance = 3;

/** Few samples show that labels fit only if the share of right answers is surely far above guessing. */
function warnOfFewSamples(
  { metric, metrics, samples, classCount }: CountedAnswers,
  needed: number,
): AccuracyWarning | undefined {
  if (metrics[metric]!.interval[0] > Math.min(leastFitted, clearlyAboveChance / classCount)) return undefined;
  return {
    code: 'unchecked',
    message: `The labels were not checked: ${formatCounted(samples, 'sample')} cannot show whether the classes are in the order of the model. It takes ${formatCount(needed)}.`,
  };
}

/** A model at chance level has gained at most this share of the accuracy between guessing and no error. */
const mostGained = 0.1;

/** `figure`: begins the sentence. */
function warnOfChance(
  { metric, metrics, samples, classCount }: CountedAnswers,
  figure: string,
): AccuracyWarning | undefined {
  const { value, interval } = metrics[metric]!;
  const chance = 1 / classCount;
  const isAtChance = interval[0] <= chance && value - chance <= mostGained * (1 - chance);
  if (samples < fewestAnswers || !isAtChance) return undefined;
  return {
    code: 'chance-level',
    message: `${figure}, no better than guessing among ${formatCount(classCount)} classes (${formatPercent(chance)}). The model was probably trained on other data or with other preprocessing.`,
  };
}

/** A model that gives one answer for this share of the samples is suspect if far fewer samples have that label. */
const sameAnswers = 0.9;
const leastTooMany = 0.3;
/** A handful of samples may be alike. */
const fewestAnswers = 30;

/** `figure`: begins the sentence. */
function warnOfSameAnswer({ samples, counts, names }: CountedAnswers, figure: string): AccuracyWarning | undefined {
  if (samples < fewestAnswers) return undefined;
  const [answers, labels] = [new Map<number, number>(), new Map<number, number>()];
  for (const { predicted, label, count } of counts) {
    answers.set(predicted, (answers.get(predicted) ?? 0) + count);
    labels.set(label, (labels.get(label) ?? 0) + count);
  }
  const [answer] = [...answers].find(([, count]) => count / samples >= sameAnswers) ?? [];
  if (answer === undefined) return undefined;
  const shareIn = (counted: ReadonlyMap<number, number>): number => (counted.get(answer) ?? 0) / samples;
  if (shareIn(answers) - shareIn(labels) < leastTooMany) return undefined;
  const [answered, labeled] = [answers, labels].map((counted) => formatPercent(shareIn(counted), 0));
  return {
    code: 'same-answer',
    message: `${figure}: the model predicts “${className(answer, names)}” for ${answered} of the samples, but ${labeled} have this label. It was probably trained with other preprocessing.`,
  };
}

const mostValues = 100_000;

/** The most classes without a score that the warning names. */
const mostNamed = 5;

/** The different labels of a classification that are whole numbers. */
export class LabelValues {
  readonly #values = new Set<number>();
  #unusable = 0;

  add(label: Float64Array, isUsable: boolean): void {
    if (!isUsable) this.#unusable++;
    if (label.length === 1 && Number.isInteger(label[0]) && this.#values.size < mostValues) this.#values.add(label[0]!);
  }

  /**
   * Warns if some labels are no class of an output with `classCount` scores. Labels may count from 1 or from −1, or
   * leave out numbers. The warning then has the order of classes that would fit, if there is one. There may also be
   * more named classes than scores.
   */
  warning(classCount: number, names: readonly string[] | undefined): AccuracyWarning | undefined {
    if (this.#unusable === 0 || classCount < 2) return undefined;
    const values = Array.from(this.#values).sort((a, b) => a - b);
    const doubt = names === undefined ? doubtNumbers(values, classCount) : doubtNames(values, classCount, names);
    if (doubt === undefined) return undefined;
    const those = this.#unusable === 1 ? '1 sample has a label' : `${formatCount(this.#unusable)} samples have labels`;
    const { why, classes } = doubt;
    return {
      code: 'label-values',
      message: `${those} without a class in the output: it has ${formatCount(classCount)}, ${why}`,
      ...(classes && { classes: classes.map(String) }),
    };
  }
}

/** Warns of more named classes than an output has scores, before any sample is read. `names`: in the order of their numbers. */
export function warnOfNamedClasses(names: readonly string[], classCount: number): AccuracyWarning | undefined {
  const doubt = classCount < 2 ? undefined : doubtNames([...names.keys()], classCount, names);
  return doubt && { code: 'label-values', message: `The output has ${formatCount(classCount)} classes, ${doubt.why}` };
}

interface Doubt {
  /** Continues "it has 4, …". */
  readonly why: string;
  readonly classes?: readonly number[];
}

/** `values`: in ascending order. */
function doubtNumbers(values: readonly number[], classCount: number): Doubt | undefined {
  const [least, most] = [values[0], values.at(-1)];
  if (least === undefined || most === undefined) return undefined;
  const countsFromOne = least >= 1 && most === classCount;
  const fromOne = Array.from({ length: classCount }, (_, index) => index + 1);
  const classes = countsFromOne ? fromOne : values.length === classCount ? values : undefined;
  // Many data sets use numbers below 0 for "not labeled". Such samples are skipped without a warning.
  if (classes === undefined && most < classCount) return undefined;
  const advice =
    classes === undefined
      ? 'Check that the labels belong to this model, or set the class order of the labels.'
      : countsFromOne
        ? 'They probably count from 1, so the others are compared with the wrong class. Set the class order of the labels.'
        : 'If they are the classes in ascending order, set the class order of the labels.';
  const why = `numbered 0 to ${classCount - 1}, but the labels range from ${least} to ${most}. ${advice}`;
  return { why, ...(classes && { classes }) };
}

function doubtNames(values: readonly number[], classCount: number, names: readonly string[]): Doubt | undefined {
  const beyond = values.flatMap((value) => (value >= classCount && names[value] !== undefined ? [names[value]] : []));
  if (beyond.length === 0) return undefined;
  const quoted = beyond.map((name) => `"${name.slice(0, 60)}"`);
  const all = formatFirst(quoted, mostNamed);
  return {
    why: `but the data has ${formatCount(names.length)}: ${all} ${beyond.length === 1 ? 'is' : 'are'} left over, and the others may be compared with the wrong class. Check that the labels belong to this model, or set the class order of the labels.`,
  };
}
