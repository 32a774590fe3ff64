import type { Feeds } from '../data/feeds';
import { BinaryScorer } from './binary';
import type { Accuracy } from './evaluation';
import type { Scorer, Label } from './scorer';
import { outputRows } from './output-rows';

/** The thresholds of even odds, for a probability and for a logit. */
const ofProbability = 0.5;
const ofLogit = 0;

/**
 * Scores yes or no without a given threshold. All scores decide: when they lie between 0 and 1 they are
 * probabilities, else logits. It scores by both until the last sample is seen, and which samples are run together
 * changes nothing. NaN tells nothing.
 */
export class EvenOddsScorer implements Scorer {
  readonly #output: string;
  readonly #byProbability: BinaryScorer;
  readonly #byLogit: BinaryScorer;
  #hasLogits = false;

  constructor(output: string, capacity: number, names?: readonly string[]) {
    this.#output = output;
    const scorerAt = (threshold: number) => new BinaryScorer({ kind: 'binary', output, threshold }, capacity, names);
    this.#byProbability = scorerAt(ofProbability);
    this.#byLogit = scorerAt(ofLogit);
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

  /** The scores by the threshold that `deciding` found: the original decides for a variant. */
  settled(deciding: EvenOddsScorer = this): BinaryScorer {
    return deciding.#hasLogits ? this.#byLogit : this.#byProbability;
  }

  accuracy(): Accuracy {
    return this.settled().accuracy();
  }
}
