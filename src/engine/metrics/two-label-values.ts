/** Labels of a regression that have just two values, and so most likely mean yes and no. */
import type { EvaluationTask } from '../data/mapping/mapping';
import { formatCount, formatNumber } from '../format';
import type { AccuracyWarning } from './evaluation';

/** Fewer samples are too few for a warning. */
const fewestSamples = 10;

/**
 * Collects the distinct labels of a regression and the range of its predictions, and proposes a task that fits better.
 * Labels of several numbers, and predictions that are not finite, say nothing.
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
