import type { Feeds } from '../data/feeds';
import type { AnswerCount } from './class-order';
import type { Accuracy } from './evaluation';
import type { Scorer, Label } from './scorer';

/** Scores answers that are right or wrong. It keeps the outcome of each sample, so that two models can be compared. */
export abstract class RightOrWrongScorer implements Scorer {
  /** The share of right answers by its name in `Accuracy.metrics`. */
  abstract readonly leadingMetric: 'top1' | 'accuracy';
  readonly #correct: Uint8Array;
  #samples = 0;
  #undecided = 0;

  constructor(capacity: number) {
    this.#correct = new Uint8Array(capacity);
  }

  get samples(): number {
    return this.#samples;
  }

  /** 1 for each right sample, in the order of scoring. */
  get correct(): Uint8Array {
    return this.#correct.subarray(0, this.#samples);
  }

  abstract add(outputs: Feeds, labels: readonly Label[]): void;
  abstract accuracy(): Accuracy;
  /** Counts of predictions, over the samples whose outputs are numbers. */
  abstract answers(): readonly AnswerCount[];
  /** The classes that the output has room for, and those of larger numbers that appeared. */
  abstract readonly classCount: number;

  /** Counts a sample. `isUndecided`: its output is no number, and so no answer. */
  protected count(isRight: boolean, isUndecided: boolean): void {
    this.#correct[this.#samples++] = isRight ? 1 : 0;
    if (isUndecided) this.#undecided++;
  }

  /** Returns the count in the form of `Accuracy`; empty if there are none. */
  protected undecided(): Pick<Accuracy, 'undecided'> {
    return this.#undecided > 0 ? { undecided: this.#undecided } : {};
  }
}
