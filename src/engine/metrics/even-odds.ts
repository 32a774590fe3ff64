import type { Feeds } from '../data/feeds';
import { BinaryJudge } from './binary';
import type { Accuracy } from './evaluation';
import type { Judge, Label } from './judge';
import { outputRows } from './output-rows';

/** Even odds of a probability, and of a logit. */
const ofProbability = 0.5;
const ofLogit = 0;

/**
 * Judges yes or no where nobody says from which score on it is yes. All scores tell: when they lie between 0 and 1 they are
 * probabilities, else logits. So it judges by both until the last sample is seen, and which samples are run together
 * changes nothing. NaN tells nothing.
 */
export class EvenOddsJudge implements Judge {
  readonly #output: string;
  readonly #byProbability: BinaryJudge;
  readonly #byLogit: BinaryJudge;
  #hasLogits = false;

  constructor(output: string, capacity: number, names?: readonly string[]) {
    this.#output = output;
    const judgeAt = (threshold: number) => new BinaryJudge({ kind: 'binary', output, threshold }, capacity, names);
    this.#byProbability = judgeAt(ofProbability);
    this.#byLogit = judgeAt(ofLogit);
  }

  get samples(): number {
    return this.#byLogit.samples;
  }

  add(outputs: Feeds, labels: readonly Label[]): void {
    const { values, width } = outputRows(outputs, this.#output, labels.length);
    for (let row = 0; row < labels.length; row++) {
      const score = values[row * width]!;
      this.#hasLogits ||= score < 0 || score > 1;
    }
    this.#byProbability.add(outputs, labels);
    this.#byLogit.add(outputs, labels);
  }

  /** By the threshold that `deciding` found in its scores: a variant is judged by the original's. */
  settled(deciding: EvenOddsJudge = this): BinaryJudge {
    return deciding.#hasLogits ? this.#byLogit : this.#byProbability;
  }

  accuracy(): Accuracy {
    return this.settled().accuracy();
  }
}
