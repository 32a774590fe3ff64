/** Dispatches to the ways of pruning weights: over whole tensors by magnitude, or row by row. */
import type { Model } from '../../../onnx/graph';
import { roundHalfEven } from '../../../round-half-even';
import { reasonsOrNothingFound } from '../../nothing-found';
import type { PassContext, PassOutcome } from '../../pass';
import type { PruneWeightsOptions } from './prune-weights-options';
import { pruneInRounds, type PrunedRound } from '../rounds/prune-in-rounds';
import { runPruneMagnitude } from './run-prune-magnitude';
import { runPruneRows } from './run-prune-rows';
import { describeZeros, shareOfZeros } from './sparsity-detail';
import { patternOf, useOfPattern, type SparsityPattern } from './sparsity-pattern';

export function runPruneWeights(
  model: Model,
  options: PruneWeightsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  const pattern = patternOf(options.pattern);
  return pruneInRounds(model, options, context, async (from, { after }, roundContext): Promise<PrunedRound> => {
    // Zeros of earlier rounds count: the smallest weights go first.
    const portion = { ...options, amount: options.amount * after, pattern: pattern && patternIn(pattern, after) };
    const isPlain = options.method === 'magnitude' && pattern === undefined;
    const { zeros, ...pruned } = await (isPlain ? runPruneMagnitude : runPruneRows)(from, portion, roundContext);
    const hasZeros = zeros.length > 0;
    const refusals = hasZeros
      ? pruned.refusals
      : reasonsOrNothingFound(pruned.refusals, model, 'It has no layer with weights to prune.');
    const described = hasZeros ? describeZeros(zeros, pattern && useOfPattern(pattern)) : {};
    return { outcome: { ...pruned, refusals, ...described }, removed: shareOfZeros(zeros), unit: 'weights are zero' };
  });
}

/** Rounds before the last put fewer zeros into each run, at least one. */
function patternIn({ zeros, of }: SparsityPattern, after: number): SparsityPattern {
  return { zeros: Math.max(1, roundHalfEven(zeros * after)), of };
}
