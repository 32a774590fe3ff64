/** Compares distributions: classes per sample, or classes per step. */
import type { FeedTensor } from '../data/feeds';
import { tensorNumbers, type Numbers } from '../data/tensor-numbers';
import type { TalliedFigures } from './evaluation';
import { addUpToOne } from './output-kind';
import { proportion } from './proportion-interval';
import { AgreementTally, type OutputTally } from './output-tally';

/** A probability that a float32 softmax rounds to 0 counts as this: the divergence stays finite. */
const smallestProbability = 1e-12;

/**
 * Compares rows along the last axis:
 *
 * - KL = the mean over all rows of Σ p ln(p ÷ q), with the original's probabilities p and the variant's q, in nats;
 * rows that do not add up to 1 go through a softmax first;
 * - agreement = share of samples with the same largest element in every row (in every step, for models with state);
 * - step agreement = the share of steps, for sequences.
 */
export class DistributionTally implements OutputTally {
  readonly #areSteps: boolean;
  readonly #agreement = new AgreementTally();
  #areProbabilities: boolean | undefined;
  #divergence = 0;
  #finiteRows = 0;
  #rows = 0;
  #agreeingRows = 0;

  constructor(areSteps: boolean) {
    this.#areSteps = areSteps;
  }

  add(expected: FeedTensor, actual: FeedTensor | undefined, samples: number, continues: boolean): void {
    const p = tensorNumbers(expected)!;
    const q = actual && tensorNumbers(actual);
    const classes = classesOf(expected.dims);
    this.#areProbabilities ??= addUpToOne(p, classes);
    const width = p.length / samples;
    for (let sample = 0; sample < samples; sample++) {
      // Another shape or type is the comparison's problem; here it is a sample that does not agree.
      let agrees = q?.length === p.length;
      for (let start = sample * width; start < (sample + 1) * width; start += classes) {
        const isSame = q?.length === p.length && this.#addRow(p, q, start, classes);
        agrees &&= isSame;
        this.#rows++;
        if (isSame) this.#agreeingRows++;
      }
      this.#agreement.add(agrees, continues);
    }
  }

  #addRow(p: Numbers, q: Numbers, start: number, classes: number): boolean {
    const [expected, actual] = [p.subarray(start, start + classes), q.subarray(start, start + classes)];
    const { divergence, agrees } = compareRow(expected, actual, !this.#areProbabilities!);
    if (Number.isFinite(divergence)) {
      this.#divergence += divergence;
      this.#finiteRows++;
    }
    return agrees;
  }

  get figures(): TalliedFigures {
    const agreement = this.#agreement.estimate;
    return {
      klDivergence: this.#finiteRows === 0 ? null : Math.max(0, this.#divergence / this.#finiteRows),
      agreement,
      ...(this.#areSteps && { stepAgreement: proportion(this.#agreeingRows, this.#rows) }),
    };
  }
}

/** `[1, 1000, 1, 1]` has 1,000 classes. */
function classesOf(dims: readonly number[]): number {
  return dims.length === 4 && dims[2] === 1 && dims[3] === 1 ? dims[1]! : dims.at(-1)!;
}

function compareRow(
  p: Numbers,
  q: Numbers,
  isScores: boolean,
): { readonly divergence: number; readonly agrees: boolean } {
  const [best, other] = [largestOf(p), largestOf(q)];
  const [logSumP, logSumQ] = isScores
    ? [logSumOfExponentials(p, p[best]!), logSumOfExponentials(q, q[other]!)]
    : [0, 0];
  let divergence = 0;
  for (let index = 0; index < p.length; index++) {
    const logP = isScores ? p[index]! - logSumP : Math.log(Math.max(p[index]!, smallestProbability));
    const logQ = isScores ? q[index]! - logSumQ : Math.log(Math.max(q[index]!, smallestProbability));
    const weight = isScores ? Math.exp(logP) : p[index]!;
    // An impossible class (a score of −∞) adds nothing: 0 × ∞ would be NaN.
    if (weight > 0) divergence += weight * (logP - logQ);
  }
  return { divergence, agrees: best === other };
}

/** The first of the largest; where there are NaN, the place of the first of them. */
function largestOf(values: Numbers): number {
  let largest = 0;
  for (let index = 0; index < values.length; index++) {
    if (values[index] !== values[index]) return index;
    if (values[index]! > values[largest]!) largest = index;
  }
  return largest;
}

/** ln Σ eˣ, from the largest so that nothing overflows. */
function logSumOfExponentials(values: Numbers, largest: number): number {
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}
