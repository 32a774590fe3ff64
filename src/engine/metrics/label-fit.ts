import { formatCount, formatCounted } from '../format';
import type { AccuracyWarning } from './evaluation';

/** If this share of the labels does not fit, the remaining labels say little about the data. */
const doubtfulShare = 0.1;

/** Counts the labels of an evaluation that its outputs cannot be compared with. */
export class LabelFit {
  readonly #reasons = new Map<string, number>();
  #labels = 0;
  #unusable = 0;

  /** `problem`: why a label is unusable, as a sentence; `undefined` for a usable one. */
  add(problem: string | undefined): void {
    this.#labels++;
    if (problem === undefined) return;
    this.#unusable++;
    // Sentences name values of a label; the first of many different ones are good examples.
    const isCounted = this.#reasons.has(problem) || this.#reasons.size < 1000;
    if (isCounted) this.#reasons.set(problem, (this.#reasons.get(problem) ?? 0) + 1);
  }

  /** A warning if a tenth of the labels or more are unusable, with the most common reason. */
  warning(): AccuracyWarning | undefined {
    if (this.#unusable === 0 || this.#unusable < doubtfulShare * this.#labels) return undefined;
    const [reason] = [...this.#reasons].reduce((most, each) => (each[1] > most[1] ? each : most));
    const evaluated = this.#labels - this.#unusable;
    return {
      code: 'unusable-labels',
      message: `Only ${formatCount(evaluated)} of ${formatCounted(this.#labels, 'sample')} could be evaluated. Most common reason: ${reason}`,
    };
  }
}
