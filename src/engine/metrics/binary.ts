import type { Feeds } from '../data/feeds';
import type { EvaluationTask } from '../data/mapping/mapping';
import { ParetoError } from '../errors';
import type { AnswerCount } from './class-order';
import type { Accuracy, Estimate } from './evaluation';
import type { Label } from './scorer';
import { outputRows } from './output-rows';
import { proportion } from './proportion-interval';
import { RightOrWrongScorer } from './right-or-wrong';

/**
 * Accuracy, precision, recall and F1 of an output with one number per sample: above the threshold it says yes (class 1).
 * NaN counts as the wrong answer, and in `undecided`. Precision of a model that never says yes is NaN, and so on.
 */
export class BinaryScorer extends RightOrWrongScorer {
  readonly leadingMetric = 'accuracy';
  readonly classCount = 2;
  readonly #task: Extract<EvaluationTask, { readonly kind: 'binary' }>;
  readonly #names: readonly string[];
  #truePositives = 0;
  #falsePositives = 0;
  #falseNegatives = 0;

  constructor(
    task: Extract<EvaluationTask, { readonly kind: 'binary' }>,
    capacity: number,
    names: readonly string[] = ['0', '1'],
  ) {
    super(capacity);
    this.#task = task;
    this.#names = names;
  }

  add(outputs: Feeds, labels: readonly Label[]): void {
    const { values, width } = outputRows(outputs, this.#task.output, labels.length);
    if (width !== 1) {
      throw new ParetoError(
        'evaluate/output',
        `Output "${this.#task.output}" has ${width} numbers per sample; a yes/no task needs one. Choose another output, or the task classification.`,
      );
    }
    labels.forEach((label, row) => {
      if (label !== null) this.#score(values[row]!, label[0] === 1);
    });
  }

  #score(score: number, truth: boolean): void {
    const isUndecided = score !== score;
    const answer = isUndecided ? !truth : score > this.#task.threshold;
    this.count(answer === truth, isUndecided);
    if (answer && truth) this.#truePositives++;
    else if (answer) this.#falsePositives++;
    else if (truth) this.#falseNegatives++;
  }

  answers(): readonly AnswerCount[] {
    const counts = this.#confusion().flatMap((row, label) =>
      row.map((count, predicted) => ({ label, predicted, count })),
    );
    return counts.filter(({ count }) => count > 0);
  }

  /** Rows are true classes, columns answers. */
  #confusion() {
    const [hits, alarms, misses] = [this.#truePositives, this.#falsePositives, this.#falseNegatives];
    return [
      [this.samples - hits - alarms - misses, alarms],
      [misses, hits],
    ] as const;
  }

  accuracy(): Accuracy {
    const confusion = this.#confusion();
    const [[rejections, alarms], [misses, hits]] = confusion;
    return {
      task: this.#task,
      metrics: {
        accuracy: proportion(hits + rejections, this.samples),
        precision: proportion(hits, hits + alarms),
        recall: proportion(hits, hits + misses),
        f1: f1Estimate(hits, alarms + misses),
      },
      classes: {
        names: [this.#names[0] ?? '0', this.#names[1] ?? '1'],
        confusion,
      },
      ...this.undecided(),
    };
  }
}

/**
 * F1 = 2J ÷ (1 + J), where J = hits ÷ (hits + errors) is a share of independent samples. The interval is Wilson's
 * interval of J, mapped by this increasing function. ("Wilson indirect" in Lam et al., "Confidence Intervals for the F1
 * Score: A Comparison of Four Methods", arXiv 2309.14621.) It keeps its coverage near 0 and 1, and needs no resampling.
 */
function f1Estimate(hits: number, errors: number): Estimate {
  const { value, interval } = proportion(hits, hits + errors);
  const f1 = (jaccard: number) => (2 * jaccard) / (1 + jaccard);
  return { value: f1(value), interval: [f1(interval[0]), f1(interval[1])] };
}
