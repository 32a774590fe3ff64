/**
 * Shapes that a model computes while it runs, though they are known before: lists of numbers become initializers, and a
 * Reshape whose target has one size that is open is told so (−1), or to keep that size of its input (0). The chains of
 * Shape, Gather and Concat behind them lose their readers.
 */
import { DataType } from '../../onnx/data-type';
import type { Node, Tensor } from '../../onnx/graph';
import { isSameSize, type Size } from '../../onnx/size';
import { createTensor } from '../../onnx/tensor';
import { isDefaultDomain } from '../../onnx/traverse';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { Simplification } from './simplification';

const fold: NodeRule = (graph, node) => {
  if (!isDefaultDomain(node.domain) || node.opType === 'Constant') return undefined;
  return foldNumbers(graph, node) ?? (node.opType === 'Reshape' ? fixTarget(graph, node) : undefined);
};

function foldNumbers(graph: RewriteGraph, node: Node): ReturnType<NodeRule> {
  const [name = '', ...others] = node.outputs;
  if (graph.isOutput(name) || others.some((other) => other !== '')) return undefined;
  const { content, shape, elementType } = graph.value(name);
  const isKnown =
    content?.every((size) => typeof size === 'number') && shape?.every((size) => typeof size === 'number');
  const tensor = isKnown ? integersOf(elementType, shape as number[], content as number[]) : undefined;
  if (tensor === undefined) return undefined;
  graph.define(node, tensor);
  return { change: 'Folded: its result is known before the model runs' };
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
  const shape = graph.value(node.outputs[0] ?? '').shape;
  if (name === '' || graph.constant(name) !== undefined || shape === undefined) return undefined;
  const target = targetOf(graph.value(node.inputs[0]!).shape, shape);
  if (target === undefined) return undefined;
  const tensor = createTensor({
    dataType: DataType.int64,
    dims: [target.length],
    bytes: BigInt64Array.from(target, BigInt),
  });
  const constant = graph.addConstant(`${node.outputs[0]!}_shape`, tensor);
  const attributes = node.attributes.filter(({ name: attribute }) => attribute !== 'allowzero');
  graph.replace(node, [{ ...node, attributes, inputs: [node.inputs[0]!, constant] }]);
  return { change: 'Told its shape, which was computed while the model runs' };
}

/** Numbers, 0 for a size that the input has in the same place, and at most one −1; `undefined` when that cannot say it. */
function targetOf(input: readonly Size[] | undefined, shape: readonly Size[]): readonly number[] | undefined {
  // An empty dimension would be read as "keep".
  if (shape.includes(0)) return undefined;
  const target = shape.map((size, axis) => {
    if (typeof size === 'number') return size;
    return isSameSize(size, input?.[axis] ?? null) ? 0 : undefined;
  });
  const open = target.flatMap((size, axis) => (size === undefined ? [axis] : []));
  if (open.length > 1) return undefined;
  return target.map((size) => size ?? -1);
}

export const foldShapes: Simplification = {
  id: 'fold-shapes',
  summary: 'Gives shapes that are known before the model runs instead of computing them.',
  apply: (model, context) => rewriteModel(model, context, fold),
};
