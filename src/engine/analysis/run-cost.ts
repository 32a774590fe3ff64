/** What one run of a whole model costs, counted from its shapes. */
import type { Model, Node } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import { addSizes, multiplySizes, type Size } from '../onnx/size';
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
export function flopsOf(inferred: InferredModel, node: Node): Size {
  return addSizes(multiplySizes(inferred.macs(node), 2), inferred.elementwise(node));
}

/** Open sizes are no numbers of an inspection. */
export function numberOrNull(size: Size): number | null {
  return typeof size === 'number' ? size : null;
}

/** Of the main graph: nodes with graphs inside count theirs. */
function totalOf(model: Model, costOf: (node: Node) => Size): number | null {
  return numberOrNull((model.graph?.nodes ?? []).reduce<Size>((sum, node) => addSizes(sum, costOf(node)), 0));
}
