/** Counts the cost of one run of a whole model from its shapes. */
import type { Model, Node } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import type { RunCost } from './inspection';
import { estimatePeakMemory } from './peak-memory';
import { predictPlacements } from './predict-placement';
import { reasonOfUnknownCost, uncountedOperators, type NodeCost } from './unknown-cost';

/** @param inferred of the same model, with the wanted sizes. Figures that depend on an open size are `null`. */
export function runCost(model: Model, inferred: InferredModel): RunCost {
  const estimate = estimatePeakMemory(model, inferred);
  const costs = {
    macs: (node: Node) => inferred.macs(node),
    flops: (node: Node) => flopsOf(inferred, node),
    bytes: (node: Node) => inferred.bytes(node),
  };
  return {
    macs: totalOf(model, costs.macs),
    flops: totalOf(model, costs.flops),
    bytes: totalOf(model, costs.bytes),
    unknown: {
      macs: reasonOf(model, costs.macs, inferred),
      flops: reasonOf(model, costs.flops, inferred),
      bytes: reasonOf(model, costs.bytes, inferred),
    },
    uncountedOperators: uncountedOperators(model, inferred),
    peakActivationBytes: estimate.peak?.bytes ?? null,
    peakActivation: estimate.peak,
    peakActivationUnknown: estimate.peak === null ? estimate.reason : null,
    providers: predictPlacements(model, inferred),
  };
}

/** FLOPs = 2 × MACs + elementwise operations (docs/design/measuring.md, Cost). */
export function flopsOf(inferred: InferredModel, node: Node): number | null {
  const [macs, elementwise] = [inferred.macs(node), inferred.elementwise(node)];
  return macs === null || elementwise === null ? null : 2 * macs + elementwise;
}

function reasonOf({ graph }: Model, costOf: NodeCost, inferred: InferredModel): string | null {
  if (graph === undefined) return null;
  return reasonOfUnknownCost({ path: 'graph', nodes: graph.nodes, graph }, costOf, inferred) ?? null;
}

/** Sums over the main graph, because nodes with graphs inside include their work. */
function totalOf(model: Model, costOf: NodeCost): number | null {
  let total = 0;
  for (const node of model.graph?.nodes ?? []) {
    const cost = costOf(node);
    if (cost === null) return null;
    total += cost;
  }
  return total;
}
