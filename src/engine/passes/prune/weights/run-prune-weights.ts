/** Dispatches to the ways of pruning weights: over whole tensors by magnitude, or row by row. */
import type { Model } from '../../../onnx/graph';
import { reasonsOrNothingFound } from '../../nothing-found';
import type { PassContext, PassOutcome } from '../../pass';
import type { PruneWeightsOptions } from './prune-weights-options';
import { runPruneMagnitude } from './run-prune-magnitude';
import { runPruneRows } from './run-prune-rows';
import { describeZeros } from './sparsity-detail';
import { patternOf, useOfPattern } from './sparsity-pattern';

export async function runPruneWeights(
  model: Model,
  options: PruneWeightsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  const pattern = patternOf(options.pattern);
  const isPlain = options.method === 'magnitude' && pattern === undefined;
  const run = isPlain ? runPruneMagnitude : runPruneRows;
  const { zeros, ...pruned } = await run(model, { ...options, pattern }, context);
  if (zeros.length > 0) return { ...pruned, ...describeZeros(zeros, pattern && useOfPattern(pattern)) };
  const nothing = 'It has no layer with weights to prune.';
  return { ...pruned, refusals: reasonsOrNothingFound(pruned.refusals, model, nothing) };
}
