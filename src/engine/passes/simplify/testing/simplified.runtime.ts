/** Applies a simplification in a test and holds its answers to those of the original, through ONNX Runtime. */
import { expect } from 'vitest';
import { inspect } from '../../../analysis/inspect';
import type { FreeDimensions } from '../../../data/feeds';
import { withSuggestedDimensions } from '../../../data/free-dimensions';
import { createSyntheticFeeds } from '../../../data/synthetic';
import type { Inference } from '../../../inference';
import { OutputComparison } from '../../../metrics/output-match';
import { checkModel } from '../../../onnx/check';
import { encodeModel } from '../../../onnx/codec/encode';
import type { Model } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import { runModelInNode } from '../../../../runtime/testing/run-model';
import { GrowthBudget, type Simplification, type SimplifyOutcome } from '../simplification';

/**
 * Rewrites add up in another order, so float outputs may differ in their last bits. The limit of 100 dB is one part in
 * 100,000 of the signal, near what float32 itself keeps. For float16, whose numbers have 11 bits, it is 60 dB. `exact`
 * asks for the same bits.
 */
const smallestSqnrDb = { float32: 100, float16: 60 } as const;

interface Expectation {
  readonly exact?: boolean;
  readonly precision?: keyof typeof smallestSqnrDb;
  readonly dimensions?: FreeDimensions;
}

export async function simplified(
  model: Model,
  simplification: Simplification,
  {
    inference,
    removesInputs = false,
    ...expectation
  }: Expectation & { readonly inference?: Inference; readonly removesInputs?: boolean } = {},
): Promise<SimplifyOutcome> {
  const outcome = await simplification.apply(model, {
    signal: new AbortController().signal,
    checkpoint: () => Promise.resolve(),
    inferred: (candidate) => inferModel(candidate, { byRulesOnly: true }),
    largestFoldedBytes: 4096,
    growth: new GrowthBudget(model, 4096),
    removesInputs,
    ...(inference && { inference }),
  });
  expect(checkModel(outcome.model)).toEqual([]);
  if (outcome.model !== model) await expectSameAnswers(model, outcome.model, expectation);
  return outcome;
}

async function expectSameAnswers(
  original: Model,
  rewritten: Model,
  { exact = false, precision = 'float32', dimensions = {} }: Expectation,
): Promise<void> {
  const { inputs } = inspect(original, { name: '', sizeBytes: 0, sha256: '' });
  const feeds = createSyntheticFeeds(inputs, withSuggestedDimensions(inputs, dimensions), 7);
  const comparison = new OutputComparison();
  const left = new Set(rewritten.graph!.inputs.map(({ name }) => name));
  const leftFeeds = Object.fromEntries(Object.entries(feeds).filter(([name]) => left.has(name)));
  comparison.add(await run(original, feeds), await run(rewritten, leftFeeds));
  const { sqnrDb, identical, problem } = comparison.result('synthetic');
  expect(problem).toBeUndefined();
  if (exact) expect(identical).toBe(true);
  else expect(sqnrDb).toBeGreaterThan(smallestSqnrDb[precision]);
}

/** Runs the model as it is written, because ONNX Runtime's own rewrites would hide the effect of ours. */
function run(model: Model, feeds: Parameters<typeof runModelInNode>[1]) {
  const parts = encodeModel(model).parts.map((part) => (part instanceof Uint8Array ? part : part.read()));
  return runModelInNode(Buffer.concat(parts), feeds, { graphOptimizationLevel: 'disabled' });
}

/** Operators in order: what most tests of a rewrite look at. */
export function operators(model: Model): readonly string[] {
  return model.graph!.nodes.map(({ opType }) => opType ?? '');
}
