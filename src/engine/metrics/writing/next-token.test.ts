import { expect, it } from 'vitest';
import { createScorer, pairedDifference } from '../create-scorer';
import { labelProblem } from '../label-problem';

const task = { kind: 'next-token', output: 'logits' } as const;

/** Texts of tokens with a row of logits for each, as a model gives them one text at a time. */
function scored(texts: readonly (readonly number[])[], logit: (text: number, place: number, token: number) => number) {
  const scorer = createScorer(task, texts.length);
  texts.forEach((tokens, text) => {
    const data = Float32Array.from({ length: tokens.length * 5 }, (_, at) => logit(text, Math.floor(at / 5), at % 5));
    const logits = { dtype: 'float32', dims: [1, tokens.length, 5], data };
    scorer.add({ logits }, [Float64Array.from(tokens)]);
  });
  return scorer;
}

const texts = [
  [0, 1, 2],
  [3, 4],
  [1, 1, 0, 2, 4, 3],
];
const sine = (scale: number) => (text: number, place: number, token: number) =>
  scale * Math.sin(1 + 7 * text + 3 * place + 2 * token);

it('is the size of the vocabulary for equally likely tokens, with logits of any size', () => {
  const { metrics } = scored(texts, () => 700).accuracy();
  expect(metrics['perplexity']!.value).toBeCloseTo(5, 12);
  expect(metrics['perplexity']!.tokens).toBe(8);
});

// From tools/golden/perplexity.py: SciPy's log_softmax in float64 and Student's t.
it('has the value, the interval and the paired difference of the reference', () => {
  const [original, variant] = [scored(texts, sine(1)), scored(texts, sine(1.5))];
  expect(original.accuracy().metrics['perplexity']).toEqual(reference.original);
  expect(variant.accuracy().metrics['perplexity']).toEqual(reference.variant);
  expect(pairedDifference(original, variant)).toEqual(reference.difference);
});

const near = (value: number): number => expect.closeTo(value, 6) as number;
const reference = {
  original: { value: near(6.055579339), interval: [near(2.444442832), near(15.001390362)], tokens: 8 },
  variant: { value: near(7.737766925), interval: [near(1.961612982), near(30.522349491)], tokens: 8 },
  difference: { metric: 'perplexity', value: near(1.682187586), interval: [near(-3.443419827), near(6.807794999)] },
};

it('counts texts whose logits are no numbers', () => {
  const { metrics, undecided } = scored(texts, (text) => (text === 1 ? Number.NaN : 0)).accuracy();
  expect([undecided, metrics['perplexity']!.value]).toEqual([1, Number.NaN]);
});

it('passes over a text without a next token, and tokens that the output does not have', () => {
  const problem = (tokens: readonly number[], width: number) => labelProblem(task, Float64Array.from(tokens), width);
  expect(problem([1, 2], 10)).toBeUndefined();
  expect(problem([1], 5)).toBe('Its text has fewer than two tokens, so there is no next token to predict.');
  expect(problem([1, 5], 10)).toBe("Its token 5 is not one of the output's 5 tokens, 0 to 4.");
  expect(problem([1, 2], 5)).toBe('The output does not have one row for each token of the text.');
});
