/** Gemm with a constant weight → MatMulInteger and Add. */
import type { Node, Tensor } from '../../../onnx/graph';
import { getAttributeFloat, getAttributeInt } from '../../../onnx/traverse';
import { matMulChange, matMulIntegerNodes, matMulWeightRecipe } from './dynamic-matmul';
import type { DynamicOptions } from './dynamic-options';
import { planWeight, notFinite, refused, type DynamicRule } from './dynamic-rule';
import { createNode } from '../../../onnx/create-node';
import type { WeightRecipe } from './quantization-scope';

export const dynamicGemm: DynamicRule = {
  opType: 'Gemm',
  domain: '',
  plan(node, scope) {
    const plan = planWeight(scope, node.inputs[1], (rank) => rank === 2);
    const obstacle = plan.kind === 'ready' ? gemmObstacle(node) : undefined;
    return obstacle ? refused('gemm-attributes', obstacle) : plan;
  },
  async rewrite(node, scope) {
    const [input = '', weight = '', bias = ''] = node.inputs;
    const { editor, session } = scope;
    const tensor = scope.constant(weight)!;
    const isTransposed = (getAttributeInt(node, 'transB') ?? 0) !== 0;
    const recipe = isTransposed
      ? transposedRecipe(tensor, session.options, scope.producerOf(input))
      : matMulWeightRecipe(tensor, session.options, scope.producerOf(input));
    const result = node.outputs[0]!;
    const output = bias ? editor.freshValueName(`${result}_MatMul`) : result;
    const nodeName = node.name ? `${node.name}_MatMul` : '';
    const product = await matMulIntegerNodes(scope, node, { nodeName, input, weight, recipe, output });
    if (!product) return notFinite;
    if (bias) scope.ensureFloat(bias, node);
    const addName = node.name ? editor.freshNodeName(`${node.name}_Add`) : '';
    editor.replaceNode(node, bias ? [...product, createNode('Add', addName, [output, bias], [result])] : product);
    return matMulChange(recipe);
  },
};

function gemmObstacle(node: Node): string | undefined {
  const alpha = getAttributeFloat(node, 'alpha') ?? 1;
  const beta = getAttributeFloat(node, 'beta') ?? 1;
  if (alpha !== 1) return `alpha is ${alpha}; only alpha 1 can be quantized.`;
  if (beta !== 1 && node.inputs[2]) return `beta is ${beta}; only beta 1 can be quantized.`;
  if ((getAttributeInt(node, 'transA') ?? 0) !== 0)
    return 'transA is set; only an untransposed input can be quantized.';
  return undefined;
}

/**
 * Quantizes the weight of a Gemm with transB, [outputs, inputs], and transposes it to [inputs, outputs] under a new
 * name. Other readers keep the original.
 */
function transposedRecipe(tensor: Tensor, options: DynamicOptions, source: Node | undefined): WeightRecipe {
  const [rows = 0, columns = 0] = tensor.dims.map(Number);
  const recipe = matMulWeightRecipe({ ...tensor, dims: [BigInt(columns), BigInt(rows)] }, options, source);
  return {
    ...recipe,
    groups: options.perChannel ? { kind: 'blocks', count: rows } : { kind: 'tensor' },
    baseName: (weight, editor) => editor.freshValueName(`${weight}_Transposed`),
    transposed: { count: 1, rows, columns },
  };
}
