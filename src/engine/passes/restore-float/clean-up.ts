/** Removes nodes that a restored model does not need. */
import { DataType } from '../../onnx/data-type';
import { withoutOrphans } from '../../onnx/edit-orphans';
import type { Model, Node } from '../../onnx/graph';
import { inferModel } from '../../onnx/infer';
import { isDefaultDomain } from '../../onnx/traverse';
import type { PassContext } from '../pass';
import type { RewriteGraph } from '../simplify/rewrite-graph';
import { rewriteModel } from '../simplify/rewrite-model';
import { GrowthBudget } from '../simplify/simplification';

/**
 * The model without Identities and without Casts from float32 to float32. Restored weights take the shape of the Reshape behind them,
 * so that other passes find them.
 */
export function cleanUp(model: Model, { signal, checkpoint }: PassContext): Model {
  const inferred = (given: Model) => inferModel(given, { byRulesOnly: true });
  const context = { signal, checkpoint, inferred, largestFoldedBytes: 0, growth: new GrowthBudget(model, 0) };
  const cleaned = rewriteModel(model, context, (graph, node) => {
    if (!isDefaultDomain(node.domain)) return undefined;
    return node.opType === 'Reshape' ? shapeWeight(graph, node) : skipNoOp(graph, node);
  }).model;
  return cleaned === model ? model : { ...cleaned, graph: withoutOrphans(model.graph!, cleaned.graph!) };
}

function skipNoOp(graph: RewriteGraph, node: Node) {
  const [from = '', to = ''] = [node.outputs[0], node.inputs[0]];
  const isNoOp =
    node.opType === 'Cast'
      ? [from, to].every((name) => graph.value(name).elementType === DataType.float32)
      : node.opType === 'Identity';
  return isNoOp && graph.bypass(from, to) ? { change: 'Removed' } : undefined;
}

function shapeWeight(graph: RewriteGraph, node: Node) {
  const weight = graph.constant(node.inputs[0] ?? '');
  const shape = graph.value(node.outputs[0] ?? '').shape;
  const isKnown = shape?.every((size): size is number => typeof size === 'number') ?? false;
  if (weight?.dataType !== DataType.float32 || !isKnown || graph.readers(node.inputs[0]!).length !== 1)
    return undefined;
  graph.define(node, { ...weight, dims: shape!.map((size) => BigInt(size as number)) });
  return { change: 'Shaped' };
}
