/** Output match on data: what many samples tell beyond the signal and the noise. */
import type { Feeds, FeedTensor } from '../data/feeds';
import type { DataMatch } from './evaluation';
import { OutputComparison, type ComparedWith } from './output-match';
import { proportion } from './proportion-interval';
import { floatTypes, tensorNumbers, type Numbers } from '../data/tensor-numbers';
import { ownValue } from '../own-value';

const mostClasses = 100_000;
/** Rows of probabilities in float16 add up to 1 within this. */
const sumTolerance = 5e-3;
/** A probability that a float32 softmax rounds to 0 counts as this: the divergence stays finite. */
const smallestProbability = 1e-12;

interface Distributions {
  /** `texts` can only be the same, `scores` are turned into probabilities by a softmax, `probabilities` are taken as they are. */
  readonly kind: 'scores' | 'probabilities' | 'texts' | 'none';
  divergence: number;
  rows: number;
  agreeing: number;
  /** Whether all steps of the sample added last agree. */
  lastAgrees: boolean;
}

/**
 * Compares a variant's outputs with the original's on samples. An output is taken for a distribution over classes when it
 * is of floats and its shape is [samples, classes], or its rows along the last axis add up to 1. Of those:
 *
 * - KL = the mean over all rows of Σ p ln(p ÷ q), p the original's probabilities and q the variant's, in nats;
 * - agreement = share of samples of which in every row (every step, for models with state) the largest element is the same.
 *
 * Of texts only the agreement: the share of samples of which all are the same.
 */
export class DataComparison {
  readonly #comparison: OutputComparison;
  readonly #outputs = new Map<string, Distributions>();
  #samples = 0;

  constructor(comparedWith?: ComparedWith) {
    this.#comparison = new OutputComparison(comparedWith);
  }

  /** Adds the outputs of `samples` samples. `continues`: they are a further step of the one sample added last. */
  add(original: Feeds, variant: Feeds, samples: number, { continues = false } = {}): void {
    this.#comparison.add(original, variant);
    if (!continues) this.#samples += samples;
    for (const [name, expected] of Object.entries(original)) {
      const known = this.#outputs.get(name) ?? emptyDistributions(expected);
      this.#outputs.set(name, known);
      if (known.kind === 'texts') addTexts(known, expected, ownValue(variant, name), samples, continues);
      else if (known.kind !== 'none') addRows(known, expected, ownValue(variant, name), samples, continues);
    }
  }

  /** `unchanged`: see `OutputComparison`. */
  result({
    unchanged = false,
    inputs = 'data',
  }: { readonly unchanged?: boolean; readonly inputs?: DataMatch['inputs'] } = {}): DataMatch {
    const perOutput = [...this.#outputs].map(([name, { kind, divergence, rows, agreeing }]) => ({
      name,
      klDivergence: rows === 0 ? null : Math.max(0, divergence / rows),
      agreement: kind === 'none' ? null : proportion(agreeing, this.#samples),
    }));
    return { ...this.#comparison.result(inputs, { unchanged }), samples: this.#samples, perOutput };
  }
}

function emptyDistributions(tensor: FeedTensor): Distributions {
  return { kind: kindOf(tensor), divergence: 0, rows: 0, agreeing: 0, lastAgrees: false };
}

function kindOf(tensor: FeedTensor): Distributions['kind'] {
  if (tensor.dtype === 'string') return 'texts';
  const classes = tensor.dims.at(-1) ?? 0;
  const values = floatTypes.has(tensor.dtype) ? tensorNumbers(tensor) : undefined;
  if (values === undefined || values.length === 0 || tensor.dims.length < 2) return 'none';
  if (classes < 2 || classes > mostClasses) return 'none';
  if (addUpToOne(values, classes)) return 'probabilities';
  return tensor.dims.length === 2 ? 'scores' : 'none';
}

function addUpToOne(values: Numbers, classes: number): boolean {
  for (let start = 0; start < values.length; start += classes) {
    let sum = 0;
    for (let index = start; index < start + classes; index++) {
      if (!(values[index]! >= 0)) return false;
      sum += values[index]!;
    }
    if (!(Math.abs(sum - 1) <= sumTolerance)) return false;
  }
  return true;
}

function addRows(
  known: Distributions,
  expected: FeedTensor,
  actual: FeedTensor | undefined,
  samples: number,
  continues: boolean,
): void {
  const p = tensorNumbers(expected)!;
  const q = actual && tensorNumbers(actual);
  const classes = expected.dims.at(-1)!;
  const width = p.length / samples;
  for (let sample = 0; sample < samples; sample++) {
    // Another shape or type is the comparison's problem; here it is a sample that does not agree.
    let agrees = q?.length === p.length;
    for (let start = sample * width; q?.length === p.length && start < (sample + 1) * width; start += classes) {
      const row = compareRow(p.subarray(start, start + classes), q.subarray(start, start + classes), known.kind);
      agrees &&= row.agrees;
      if (!Number.isFinite(row.divergence)) continue;
      known.divergence += row.divergence;
      known.rows++;
    }
    countSample(known, agrees, continues);
  }
}

function addTexts(
  known: Distributions,
  expected: FeedTensor,
  actual: FeedTensor | undefined,
  samples: number,
  continues: boolean,
): void {
  const [p, q] = [expected.data as readonly string[], actual?.data as readonly string[] | undefined];
  const width = p.length / samples;
  for (let sample = 0; sample < samples; sample++) {
    const own = p.slice(sample * width, (sample + 1) * width);
    const agrees = q?.length === p.length && own.every((text, index) => text === q[sample * width + index]);
    countSample(known, agrees, continues);
  }
}

/** A sample agrees when all of its steps do. */
function countSample(known: Distributions, agrees: boolean, continues: boolean): void {
  if (continues && known.lastAgrees) known.agreeing--;
  known.lastAgrees = agrees && (!continues || known.lastAgrees);
  if (known.lastAgrees) known.agreeing++;
}

function compareRow(
  p: Numbers,
  q: Numbers,
  kind: Distributions['kind'],
): { readonly divergence: number; readonly agrees: boolean } {
  const [best, other] = [largestOf(p), largestOf(q)];
  const isScores = kind === 'scores';
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
