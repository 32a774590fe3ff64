import type { Feeds } from '../data/feeds';
import type { EvaluationTask } from '../data/mapping/mapping';
import { ParetoError } from '../errors';
import type { Accuracy, AccuracyWarning } from './evaluation';
import type { Judge, Label } from './judge';
import { determinationEstimate, meanEstimate, rootMeanEstimate } from './mean-interval';
import { outputRows } from './output-rows';
import { TwoLabelValues } from './two-label-values';

/**
 * Mean absolute error, root mean squared error and R² of an output with as many numbers per sample as the label has. With
 * several, a sample's error is the mean over them, and there is no R². Intervals: see `mean-interval.ts`. A prediction
 * that is not finite makes the figures so too, and counts in `undecided`.
 */
export class RegressionJudge implements Judge {
  readonly #task: Extract<EvaluationTask, { readonly kind: 'regression' }>;
  readonly #absolute: Float64Array;
  readonly #squared: Float64Array;
  readonly #labels: Float64Array;
  readonly #twoValues = new TwoLabelValues();
  #samples = 0;
  #undecided = 0;
  #width = 1;

  constructor(task: Extract<EvaluationTask, { readonly kind: 'regression' }>, capacity: number) {
    this.#task = task;
    this.#absolute = new Float64Array(capacity);
    this.#squared = new Float64Array(capacity);
    this.#labels = new Float64Array(capacity);
  }

  get samples(): number {
    return this.#samples;
  }

  /** One per sample, in the order judged, in the unit of the label. */
  get absoluteErrors(): Float64Array {
    return this.#absolute.subarray(0, this.#samples);
  }

  add(outputs: Feeds, labels: readonly Label[]): void {
    const { values, width } = outputRows(outputs, this.#task.output, labels.length);
    this.#width = width;
    labels.forEach((label, row) => {
      if (label === null) return;
      if (label.length !== width) {
        throw new ParetoError(
          'evaluate/label',
          `Output "${this.#task.output}" gives ${width} numbers per sample, the label has ${label.length}. Map another field to the label.`,
        );
      }
      this.#judge(values.subarray(row * width, (row + 1) * width), label);
    });
  }

  /** That the labels look like yes and no; `undefined` where they do not. */
  twoValuesWarning(): AccuracyWarning | undefined {
    return this.#twoValues.warning(this.#task.output);
  }

  #judge(predicted: ArrayLike<number>, label: Float64Array): void {
    this.#twoValues.add(label, predicted);
    let absolute = 0;
    let squared = 0;
    for (let index = 0; index < label.length; index++) {
      const error = predicted[index]! - label[index]!;
      absolute += Math.abs(error);
      squared += error ** 2;
    }
    if (!Number.isFinite(absolute)) this.#undecided++;
    const sample = this.#samples++;
    this.#absolute[sample] = absolute / label.length;
    this.#squared[sample] = squared / label.length;
    this.#labels[sample] = label[0]!;
  }

  accuracy(): Accuracy {
    const squared = this.#squared.subarray(0, this.#samples);
    return {
      task: this.#task,
      metrics: {
        mae: meanEstimate(this.absoluteErrors),
        rmse: rootMeanEstimate(squared),
        ...(this.#width === 1 && { r2: determinationEstimate(squared, this.#labels.subarray(0, this.#samples)) }),
      },
      ...(this.#undecided > 0 && { undecided: this.#undecided }),
    };
  }
}
