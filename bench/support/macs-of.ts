import { inspectInputs } from '../../src/engine/analysis/inspect';
import { withSuggestedDimensions } from '../../src/engine/data/free-dimensions';
import type { Model } from '../../src/engine/onnx/graph';
import { inferModel } from '../../src/engine/onnx/infer';

/** MACs of one run with the sizes that the page begins with, as far as they are known. */
export function macsOf(model: Model): number {
  const inferred = inferModel(model, { dimensions: withSuggestedDimensions(inspectInputs(model)) });
  return model.graph!.nodes.reduce((sum, node) => sum + (inferred.macs(node) ?? 0), 0);
}
