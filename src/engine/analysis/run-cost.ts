/** What one run of a whole model costs, counted from its shapes. */
import type { Model, Node } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import type { RunCost } from './inspection';
import { estimatePeakMemory } from './peak-memory';
import { predictPlacements } from './predict-placement';

/** @param inferred of the same model, with the sizes that are wanted: what depends on an open one is `null`. */
export function runCost(model: Model, inferred: InferredModel): RunCost {
  const estimate = estimatePeakMemory(model, inferred);
  return {
    macs: totalOf(model, (node) => inferred.macs(node)),
    flops: totalOf(model, (node) => flopsOf(inferred, node)),
    bytes: totalOf(model, (node) => inferred.bytes(node)),
    peakActivationBytes: estimate.peak?.bytes ?? null,
    peakActivation: estimate.peak,
    peakActivationUnknown: estimate.peak === null ? estimate.reason : null,
    providers: predictPlacements(model, inferred),
  };
}

/** FLOPs = 2 × MACs + elementwise operations (docs/benchmark-method.md, Cost). */
export function flopsOf(inferred: InferredModel, node: Node): number | null {
  const [macs, elementwise] = [inferred.macs(node), inferred.elementwise(node)];
  return macs === null || elementwise === null ? null : 2 * macs + elementwise;
}

/** Of the main graph: nodes with graphs inside count theirs. */
function totalOf(model: Model, costOf: (node: Node) => number | null): number | null {
  let total = 0;
  for (const node of model.graph?.nodes ?? []) {
    const cost = costOf(node);
    if (cost === null) return null;
    total += cost;
  }
  return total;
}
