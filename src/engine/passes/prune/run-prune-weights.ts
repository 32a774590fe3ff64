/** Dispatches to the ways of pruning weights: over whole tensors by magnitude, or row by row. */
import type { Model } from '../../onnx/graph';
import type { PassContext, PassOutcome } from '../pass';
import type { PruneWeightsOptions } from './prune-weights';
import { runPruneMagnitude } from './run-prune-magnitude';
import { runPruneRows } from './run-prune-rows';

export function runPruneWeights(
  model: Model,
  options: PruneWeightsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  const isPlain = options.method === 'magnitude' && options.pattern === 'unstructured';
  return isPlain ? runPruneMagnitude(model, options, context) : runPruneRows(model, options, context);
}
