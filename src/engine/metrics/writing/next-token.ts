/** Perplexity: how well a model predicts each next token of a text, from all tokens before it. */
import type { Feeds } from '../../data/feeds';
import type { EvaluationTask } from '../../data/mapping/mapping';
import type { Numbers } from '../../data/tensor-numbers';
import type { Accuracy, Estimate } from '../evaluation';
import { meanEstimate } from '../mean-interval';
import { outputRows } from '../output-rows';
import type { Label, Scorer } from '../scorer';

/**
 * Scores the logits of texts, teacher-forced. Row i of an output [1, tokens, vocabulary] predicts token i + 1 of the
 * text, and the label holds the text's tokens. A text's loss is the sum of −ln softmax(row)[next token] over its
 * predicted tokens, in nats and float64. Perplexity is exp(sum of all losses ÷ number of predicted tokens).
 */
export class NextTokenScorer implements Scorer {
  readonly #task: Extract<EvaluationTask, { readonly kind: 'next-token' }>;
  readonly #losses: Float64Array;
  readonly #tokens: Float64Array;
  #samples = 0;
  #undecided = 0;

  /** @param capacity the most texts that will be scored */
  constructor(task: Extract<EvaluationTask, { readonly kind: 'next-token' }>, capacity: number) {
    this.#task = task;
    this.#losses = new Float64Array(capacity);
    this.#tokens = new Float64Array(capacity);
  }

  get samples(): number {
    return this.#samples;
  }

  /** The loss and the number of predicted tokens of each text, in the order of scoring. */
  get texts(): TextLosses {
    return { losses: this.#losses.subarray(0, this.#samples), tokens: this.#tokens.subarray(0, this.#samples) };
  }

  add(outputs: Feeds, labels: readonly Label[]): void {
    const { values, width } = outputRows(outputs, this.#task.output, labels.length);
    labels.forEach((label, index) => {
      if (label === null) return;
      const loss = textLoss(values.subarray(index * width, (index + 1) * width), label);
      this.#losses[this.#samples] = loss;
      this.#tokens[this.#samples++] = label.length - 1;
      if (!Number.isFinite(loss)) this.#undecided++;
    });
  }

  accuracy(): Accuracy {
    const { texts } = this;
    const predicted = texts.tokens.reduce((sum, count) => sum + count, 0);
    return {
      task: this.#task,
      metrics: { perplexity: { ...perplexityEstimate(texts), tokens: predicted } },
      ...(this.#undecided > 0 && { undecided: this.#undecided }),
    };
  }
}

export interface TextLosses {
  /** The loss of each text, in nats. */
  readonly losses: Float64Array;
  /** Predicted tokens of each text. */
  readonly tokens: Float64Array;
}

/** Sum of −ln p over the tokens from the second on. `rows`: a row of logits for each token. */
function textLoss(rows: Numbers, tokens: Float64Array): number {
  const vocabulary = rows.length / tokens.length;
  let loss = 0;
  for (let place = 0; place + 1 < tokens.length; place++) {
    const start = place * vocabulary;
    const end = start + vocabulary;
    let largest = -Infinity;
    for (let index = start; index < end; index++) if (rows[index]! > largest) largest = rows[index]!;
    let sum = 0;
    for (let index = start; index < end; index++) sum += Math.exp(rows[index]! - largest);
    loss += largest + Math.log(sum) - rows[start + tokens[place + 1]!]!;
  }
  return loss;
}

/**
 * Computes perplexity with its 95 % interval over texts: the exponential of the interval of a token's mean loss, by
 * Student's t. The mean is a ratio of sums over texts, so its spread is that of losses − mean × tokens (Cochran,
 * "Sampling Techniques", 1977, ch. 6). 6).
 */
export function perplexityEstimate(texts: TextLosses): Estimate {
  const { mean, residuals } = meanLoss(texts);
  const { interval } = meanEstimate(residuals.map((residual) => mean + residual));
  return { value: Math.exp(mean), interval: [Math.exp(interval[0]), Math.exp(interval[1])] };
}

/**
 * Computes the perplexity of `variant` minus that of `original` on the same texts, with a 95 % interval. The interval
 * is Student's t over the texts' influence on the difference (delta method), so texts that are hard for both cancel
 * out.
 */
export function perplexityDifference(original: TextLosses, variant: TextLosses): Estimate {
  const [before, after] = [meanLoss(original), meanLoss(variant)];
  const [from, to] = [Math.exp(before.mean), Math.exp(after.mean)];
  const influence = after.residuals.map((residual, text) => to - from + to * residual - from * before.residuals[text]!);
  return { value: to - from, interval: meanEstimate(influence).interval };
}

/** The mean loss of a token, and what each text adds to it: residuals have mean zero. */
function meanLoss({ losses, tokens }: TextLosses): { readonly mean: number; readonly residuals: Float64Array } {
  const total = tokens.reduce((sum, count) => sum + count, 0);
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / total;
  const perText = total / tokens.length;
  return { mean, residuals: losses.map((loss, text) => (loss - mean * tokens[text]!) / perText) };
}
