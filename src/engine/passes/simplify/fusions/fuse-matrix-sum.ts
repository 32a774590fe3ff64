/**
 * A product of matrices and the Add after it become one Gemm. Weight and bias may be computed, as in the cells of
 * recurrent networks. (`fuse-affine` handles a constant bias of a constant weight.) Nothing else may read the product.
 * The bias must fit Gemm: at most two axes, and no larger result. Products of dequantized values stay, since runtimes
 * look for MatMul between DequantizeLinear and QuantizeLinear.
 */
import { DataType } from '../../../onnx/data-type';
import type { Node, ValueName } from '../../../onnx/graph';
import { opsetOfBroadcasting } from '../../../onnx/ops/operator';
import { isSameSize } from '../../../onnx/size';
import { isDefaultDomain } from '../../../onnx/traverse';
import type { RewriteGraph } from '../rewrite-graph';
import { rewriteModel, type NodeRule } from '../rewrite-model';
import type { Simplification } from '../simplification';

/** The types that Gemm has in every runtime. */
const gemmTypes = new Set<number>([DataType.float16, DataType.float32]);

const fuse: NodeRule = (graph, node) => {
  if (node.opType !== 'Add' || !isDefaultDomain(node.domain) || graph.opset < opsetOfBroadcasting) return undefined;
  const [left = '', right = ''] = node.inputs;
  for (const [name, bias] of [
    [left, right],
    [right, left],
  ] as const) {
    const product = graph.producer(name);
    if (product === undefined || graph.onlyReader(name) !== node || name === bias) continue;
    if (!multipliesMatrices(graph, product) || !fitsAsBias(graph, bias, name)) continue;
    if (product.inputs.some((input) => isDequantized(graph, input))) return { refusal: dequantized };
    graph.replace(node, [{ ...node, opType: 'Gemm', inputs: [...product.inputs, bias], attributes: [] }]);
    graph.remove(product);
    return { change: 'Fused with the MatMul before into Gemm' };
  }
  return undefined;
};

const dequantized = {
  code: 'dequantized-product',
  reason: 'The MatMul before it reads dequantized values. Runtimes use integers for these only if they find a MatMul.',
};

function multipliesMatrices(graph: RewriteGraph, node: Node): boolean {
  return (
    node.opType === 'MatMul' &&
    isDefaultDomain(node.domain) &&
    gemmTypes.has(graph.value(node.outputs[0]!).elementType ?? 0) &&
    node.inputs.every((name) => shapeOf(graph, name)?.length === 2)
  );
}

function fitsAsBias(graph: RewriteGraph, bias: ValueName, product: ValueName): boolean {
  const [given, wanted] = [shapeOf(graph, bias), shapeOf(graph, product)];
  if (given === undefined || wanted === undefined || given.length > wanted.length) return false;
  const offset = wanted.length - given.length;
  return given.every((size, axis) => size === 1 || isSameSize(size, wanted[axis + offset]!));
}

function shapeOf(graph: RewriteGraph, name: ValueName) {
  return graph.value(name).shape ?? graph.constant(name)?.dims.map(Number);
}

function isDequantized(graph: RewriteGraph, name: ValueName): boolean {
  return graph.producer(name)?.opType === 'DequantizeLinear';
}

export const fuseMatrixSum: Simplification = {
  id: 'fuse-matrix-sum',
  summary: 'Fuses a matrix product and an addition to Gemm.',
  apply: (model, context) => rewriteModel(model, context, fuse),
};
