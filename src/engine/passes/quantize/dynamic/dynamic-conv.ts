/** Conv with a constant kernel → ConvInteger, with the bias added afterwards. */
import { DataType } from '../../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import type { DynamicOptions } from './dynamic-options';
import { planWeight, notFinite, type DynamicRule } from './dynamic-rule';
import { integerProductNodes } from './integer-product';
import { createNode } from '../../../onnx/create-node';
import type { QuantizationScope, WeightRecipe } from './quantization-scope';

export const dynamicConv: DynamicRule = {
  opType: 'Conv',
  domain: '',
  plan: (node, scope) => planWeight(scope, node.inputs[1], (rank) => rank >= 3),
  async rewrite(node, scope) {
    const [input = '', kernel = '', bias = ''] = node.inputs;
    const tensor = scope.constant(kernel)!;
    const weight = await scope.quantizeWeight(kernel, kernelRecipe(tensor, scope.session.options));
    if (!weight) return notFinite;
    const type = tensor.dataType ?? DataType.float32;
    const quantizedInput = await scope.quantizeActivation(input, node, type);
    if (!quantizedInput) return notFinite;
    const result = node.outputs[0]!;
    const output = bias ? scope.editor.freshValueName(`${result}quant_scaled_output`) : result;
    const product = integerProductNodes(scope, {
      opType: 'ConvInteger',
      nodeName: node.name ?? '',
      input: quantizedInput,
      weight,
      attributes: node.attributes,
      output,
      stem: result,
      isFloat16: scope.elementType(result, type) === DataType.float16,
    });
    if (bias) {
      scope.ensureFloat(bias, node);
      product.push(...biasNodes(scope, { bias, rank: tensor.dims.length, input: output, output: result }));
    }
    scope.editor.replaceNode(node, product);
    return { kind: 'changed', what: 'Integer convolution with uint8 weights, one scale' };
  },
};

/** One scale for the whole kernel also when weights are per channel: as the tool does for this operator. */
function kernelRecipe(tensor: Tensor, options: DynamicOptions): WeightRecipe {
  return {
    affine: options.convolution,
    groups: { kind: 'tensor' },
    form: { type: 'uint8', scales: 'tensor' },
    scaleDims: [],
    dims: tensor.dims.map(Number),
    accepts: ({ form }) => form.type === 'uint8' && form.scales === 'tensor',
  };
}

interface BiasParts {
  readonly bias: ValueName;
  readonly rank: number;
  readonly input: ValueName;
  readonly output: ValueName;
}

/** Adds a bias along axis 1: reshaped to [1, -1, 1 …] for broadcasting. */
function biasNodes(scope: QuantizationScope, { bias, rank, input, output }: BiasParts): Node[] {
  const { editor } = scope;
  const shape = editor.freshValueName(`${output}_bias_reshape_shape`);
  const reshaped = editor.freshValueName(`${output}_bias_reshape_output`);
  const dims = Array.from({ length: rank }, (_, axis) => (axis === 1 ? -1n : 1n));
  const bytes = BigInt64Array.from(dims);
  editor.addInitializer(createTensor({ name: shape, dataType: DataType.int64, dims: [rank], bytes }));
  return [
    createNode('Reshape', '', [bias, shape], [reshaped]),
    createNode('Add', editor.freshNodeName(`${output}_bias_add`), [input, reshaped], [output]),
  ];
}
