/**
 * Replaces shapes that a model computes although they are known. Lists of numbers become initializers. A Reshape target
 * with one open size gets −1, or 0 to keep that size of its input. The chains of Shape, Gather and Concat behind them
 * lose their readers.
 */
import { DataType } from '../../onnx/data-type';
import type { Node, Tensor } from '../../onnx/graph';
import { fixedShape } from '../../onnx/ops/content';
import { createTensor, storedSizeBytes } from '../../onnx/tensor';
import { isDefaultDomain } from '../../onnx/traverse';
import { addIntegers } from './integer-constant';
import { reshapeTarget } from './reshape-target';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { GrowthBudget, Simplification } from './simplification';

const foldWithin =
  (growth: GrowthBudget): NodeRule =>
  (graph, node) => {
    if (!isDefaultDomain(node.domain) || node.opType === 'Constant') return undefined;
    return foldNumbers(graph, node, growth) ?? (node.opType === 'Reshape' ? fixTarget(graph, node) : undefined);
  };

function foldNumbers(graph: RewriteGraph, node: Node, growth: GrowthBudget): ReturnType<NodeRule> {
  const [name = '', ...others] = node.outputs;
  if (graph.isOutput(name) || others.some((other) => other !== '')) return undefined;
  const { content, shape, elementType } = graph.value(name);
  const [values, dims] = [fixedShape(content), fixedShape(shape)];
  const tensor = values && dims && integersOf(elementType, dims, values);
  if (tensor === undefined || !growth.take(storedSizeBytes(tensor))) return undefined;
  graph.define(node, tensor);
  return { change: 'Folded: its result is known before the run' };
}

/** Integers only: of floats, inference knows the value, but not how a runtime rounds it. */
function integersOf(type: number | undefined, dims: readonly number[], values: readonly number[]): Tensor | undefined {
  if (!values.every((value) => Number.isSafeInteger(value))) return undefined;
  switch (type) {
    case DataType.int64:
      return createTensor({ dataType: type, dims, bytes: BigInt64Array.from(values, BigInt) });
    case DataType.int32:
      return createTensor({ dataType: type, dims, bytes: Int32Array.from(values) });
    case DataType.bool:
      return createTensor({ dataType: type, dims, bytes: Uint8Array.from(values) });
    default:
      return undefined;
  }
}

function fixTarget(graph: RewriteGraph, node: Node): ReturnType<NodeRule> {
  const name = node.inputs[1] ?? '';
  if (name === '' || graph.constant(name) !== undefined) return undefined;
  const target = reshapeTarget(graph.value(node.inputs[0]!).shape, graph.value(node.outputs[0] ?? '').shape);
  if (target === undefined) return undefined;
  const constant = addIntegers(graph, `${node.outputs[0]!}_shape`, target);
  const attributes = node.attributes.filter(({ name: attribute }) => attribute !== 'allowzero');
  graph.replace(node, [{ ...node, attributes, inputs: [node.inputs[0]!, constant] }]);
  return { change: 'Has a constant shape, which was computed at run time' };
}

export const foldShapes: Simplification = {
  id: 'fold-shapes',
  summary: 'Stores shapes that are known before the run, instead of computing them.',
  apply: (model, context) => rewriteModel(model, context, foldWithin(context.growth)),
};
