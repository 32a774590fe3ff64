/**
 * A Transpose of a matrix that only a Gemm or a MatMul of matrices reads is done by Gemm itself: `transA`, `transB`.
 * Weights stay unchanged.
 */
import { DataType } from '../../../onnx/data-type';
import type { Node } from '../../../onnx/graph';
import { getAttributeInt, getAttributeInts, isDefaultDomain } from '../../../onnx/traverse';
import { intAttribute } from '../../../onnx/attributes';
import type { RewriteGraph } from '../rewrite-graph';
import { rewriteModel, type NodeRule } from '../rewrite-model';
import type { Simplification } from '../simplification';

/** The version from which Gemm needs no third input. */
const opsetOfGemmWithoutBias = 11;
/** The types that Gemm has in every runtime. */
const gemmTypes = new Set<number>([DataType.float16, DataType.float32]);

const fuse: NodeRule = (graph, node) => {
  if (!isDefaultDomain(node.domain) || !multipliesMatrices(graph, node)) return undefined;
  const [left, right] = node.inputs.slice(0, 2).map((name) => transposeOf(graph, node, name));
  if (left === undefined && right === undefined) return undefined;
  const inputs = [left?.inputs[0] ?? node.inputs[0]!, right?.inputs[0] ?? node.inputs[1]!, ...node.inputs.slice(2)];
  const others = node.attributes.filter(({ name }) => name !== 'transA' && name !== 'transB');
  const attributes = [
    ...others,
    ...[left, right].flatMap((transpose, side) => {
      const name = side === 0 ? 'transA' : 'transB';
      const isTransposed = (getAttributeInt(node, name) === 1) !== (transpose !== undefined);
      return isTransposed ? [intAttribute(name, 1)] : [];
    }),
  ];
  graph.replace(node, [{ ...node, opType: 'Gemm', inputs, attributes }]);
  for (const transpose of new Set([left, right])) if (transpose !== undefined) graph.remove(transpose);
  return { change: 'Transposes its inputs itself' };
};

function multipliesMatrices(graph: RewriteGraph, node: Node): boolean {
  if (node.opType === 'Gemm') return true;
  return (
    node.opType === 'MatMul' &&
    graph.opset >= opsetOfGemmWithoutBias &&
    gemmTypes.has(graph.value(node.outputs[0]!).elementType ?? 0) &&
    node.inputs.every((name) => graph.value(name).shape?.length === 2)
  );
}

/** The Transpose of a matrix that computes a value which nothing but `node` reads. */
function transposeOf(graph: RewriteGraph, node: Node, name: string): Node | undefined {
  const producer = graph.producer(name);
  if (producer?.opType !== 'Transpose' || !isDefaultDomain(producer.domain)) return undefined;
  if (graph.onlyReader(name) !== node || node.inputs.slice(2).includes(name)) return undefined;
  const permutation = getAttributeInts(producer, 'perm');
  const swaps = permutation === undefined ? graph.value(name).shape?.length === 2 : permutation.join() === '1,0';
  return swaps ? producer : undefined;
}

export const fuseTransposes: Simplification = {
  id: 'fuse-transposes',
  summary: 'Fuses transposes into matrix products.',
  apply: (model, context) => rewriteModel(model, context, fuse),
};
