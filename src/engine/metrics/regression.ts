import type { Feeds } from '../data/feeds';
import type { EvaluationTask } from '../data/mapping/mapping';
import { ParetoError } from '../errors';
import type { Accuracy, AccuracyWarning } from './evaluation';
import type { Label, Scorer } from './scorer';
import { determinationEstimate, meanEstimate, rootMeanEstimate } from './mean-interval';
import { outputRows } from './output-rows';
import { formatCount, formatNumber } from '../format';

/** Fewer samples are too few for a warning. */
const fewestSamples = 10;

/**
 * Collects the distinct labels of a regression and the range of its predictions, and proposes a task that fits better:
 * two labels most likely mean yes and no. Labels of several numbers, and predictions that are not finite, say nothing.
 */
export class TwoLabelValues {
  readonly #values = new Set<number>();
  #samples = 0;
  #lowest = Infinity;
  #highest = -Infinity;

  add(label: Float64Array, predicted: ArrayLike<number>): void {
    this.#samples++;
    // One more than two is as good as many; several numbers in a label are amounts.
    if (this.#values.size <= 2) this.#values.add(label.length === 1 ? label[0]! : Number.NaN);
    const value = predicted[0];
    if (value === undefined || !Number.isFinite(value)) return;
    this.#lowest = Math.min(this.#lowest, value);
    this.#highest = Math.max(this.#highest, value);
  }

  /** The proposal of a yes/no task, the larger label being yes, with its reason. Only for two distinct labels. */
  warning(output: string): AccuracyWarning | undefined {
    const [no, yes] = Array.from(this.#values).sort((a, b) => a - b);
    if (this.#samples < fewestSamples || this.#values.size !== 2 || no === undefined || yes === undefined)
      return undefined;
    if (Number.isNaN(no) || Number.isNaN(yes) || this.#lowest > this.#highest) return undefined;
    const { threshold, why } = this.#threshold(no, yes);
    const task: EvaluationTask = { kind: 'binary', output, threshold, positive: String(yes) };
    return {
      code: 'two-values',
      message: `The labels of all ${formatCount(this.#samples)} samples are ${formatNumber(no, 15)} or ${formatNumber(yes, 15)}, so output "${output}" is probably yes/no. To measure accuracy, set yes above ${formatNumber(threshold)} (${why}), where ${formatNumber(yes, 15)} means yes.`,
      task,
    };
  }

  #threshold(no: number, yes: number): { readonly threshold: number; readonly why: string } {
    if (this.#lowest >= 0 && this.#highest <= 1) return { threshold: 0.5, why: 'its values lie between 0 and 1' };
    if (this.#lowest < 0) return { threshold: 0, why: 'some of its values lie below 0' };
    return { threshold: (no + yes) / 2, why: 'halfway between the labels' };
  }
}

/** Numbers of all labels together that are kept for R²: 64 MB with their squared errors. */
const mostKept = 4_000_000;

/**
 * Computes mean absolute error, root mean squared error and R² of an output with as many numbers per sample as the
 * label has. With several numbers, a sample's error is their mean, and R² is the mean over the targets, as in
 * scikit-learn. There is no R² if they are more than four million in all, or differ in number between samples.
 * Intervals: see `mean-interval.ts`. A prediction that is not finite makes the figures so too, and counts in
 * `undecided`.
 */
export class RegressionScorer implements Scorer {
  readonly #task: Extract<EvaluationTask, { readonly kind: 'regression' }>;
  readonly #absolute: Float64Array;
  readonly #squared: Float64Array;
  readonly #capacity: number;
  /** One for each number of a label, sample after sample. `null` without R²; absent until the first sample. */
  #targets: { readonly squared: Float64Array; readonly labels: Float64Array } | null | undefined;
  readonly #twoValues = new TwoLabelValues();
  #samples = 0;
  #undecided = 0;
  #width = 1;

  constructor(task: Extract<EvaluationTask, { readonly kind: 'regression' }>, capacity: number) {
    this.#task = task;
    this.#absolute = new Float64Array(capacity);
    this.#squared = new Float64Array(capacity);
    this.#capacity = capacity;
  }

  get samples(): number {
    return this.#samples;
  }

  /** One error per sample, in the order of scoring, in the unit of the label. */
  get absoluteErrors(): Float64Array {
    return this.#absolute.subarray(0, this.#samples);
  }

  add(outputs: Feeds, labels: readonly Label[]): void {
    const { values, width } = outputRows(outputs, this.#task.output, labels.length);
    this.#keepTargets(width);
    labels.forEach((label, row) => {
      if (label === null) return;
      if (label.length !== width) {
        throw new ParetoError(
          'evaluate/label',
          `Output "${this.#task.output}" has ${width} numbers per sample, but the label has ${label.length}. Map another field to the label.`,
        );
      }
      this.#score(values.subarray(row * width, (row + 1) * width), label);
    });
  }

  /** Warns if the labels look like yes and no; `undefined` otherwise. */
  twoValuesWarning(): AccuracyWarning | undefined {
    return this.#twoValues.warning(this.#task.output);
  }

  #keepTargets(width: number): void {
    const count = this.#capacity * width;
    if (this.#targets === undefined) {
      const isKept = width === 1 || count <= mostKept;
      this.#targets = isKept ? { squared: new Float64Array(count), labels: new Float64Array(count) } : null;
    } else if (width !== this.#width) {
      this.#targets = null;
    }
    this.#width = width;
  }

  #score(predicted: ArrayLike<number>, label: Float64Array): void {
    this.#twoValues.add(label, predicted);
    let absolute = 0;
    let squared = 0;
    for (let index = 0; index < label.length; index++) {
      const error = predicted[index]! - label[index]!;
      absolute += Math.abs(error);
      squared += error ** 2;
      if (this.#targets) this.#targets.squared[this.#samples * label.length + index] = error ** 2;
    }
    this.#targets?.labels.set(label, this.#samples * label.length);
    if (!Number.isFinite(absolute)) this.#undecided++;
    const sample = this.#samples++;
    this.#absolute[sample] = absolute / label.length;
    this.#squared[sample] = squared / label.length;
  }

  accuracy(): Accuracy {
    const kept = this.#samples * this.#width;
    const r2 =
      this.#targets &&
      determinationEstimate(
        this.#targets.squared.subarray(0, kept),
        this.#targets.labels.subarray(0, kept),
        this.#width,
      );
    return {
      task: this.#task,
      metrics: {
        mae: meanEstimate(this.absoluteErrors),
        rmse: rootMeanEstimate(this.#squared.subarray(0, this.#samples)),
        ...(r2 && { r2 }),
      },
      ...(this.#undecided > 0 && { undecided: this.#undecided }),
    };
  }
}
