/** Attention of ONNX Runtime with a constant weight → QAttention. */
import { DataType } from '../../../onnx/data-type';
import { getAttribute, MICROSOFT_DOMAIN } from '../../../onnx/traverse';
import { matMulChange, matMulWeightRecipe } from './dynamic-matmul';
import { planWeight, notFinite, refused, refuseFloat16, type DynamicRule } from './dynamic-rule';
import { createMicrosoftNode } from '../../../onnx/create-node';

export const dynamicAttention: DynamicRule = {
  opType: 'Attention',
  domain: MICROSOFT_DOMAIN,
  writesMicrosoft: true,
  plan(node, scope) {
    const plan = refuseFloat16(
      planWeight(scope, node.inputs[1], (rank) => rank === 2),
      'QAttention',
    );
    if (plan.kind !== 'ready') return plan;
    if (getAttribute(node, 'qkv_hidden_sizes')) {
      return refused('attention-sizes', 'qkv_hidden_sizes is set, but QAttention supports only equal sizes.');
    }
    if (!node.inputs[2]) return refused('attention-inputs', 'It has no bias, which QAttention requires.');
    return node.inputs.slice(5).some((name) => name !== '')
      ? refused('attention-inputs', 'It has an attention bias or a past length, which QAttention does not support.')
      : plan;
  },
  async rewrite(node, scope) {
    const [input = '', weightName = '', bias = '', mask = '', past = ''] = node.inputs;
    const recipe = matMulWeightRecipe(scope.constant(weightName)!, scope.session.options);
    const weight = await scope.quantizeWeight(weightName, recipe);
    if (!weight) return notFinite;
    const quantizedInput = await scope.quantizeActivation(input, node, DataType.float32);
    if (!quantizedInput) return notFinite;
    for (const name of [bias, mask, past]) if (name) scope.ensureFloat(name, node);
    const inputs = [
      ...[quantizedInput.values, weight.values, bias, quantizedInput.scale, weight.scale, mask],
      ...[quantizedInput.zeroPoint, weight.zeroPoint, past],
    ];
    const name = node.name ? scope.editor.freshNodeName(`${node.name}_quant`) : '';
    scope.editor.replaceNode(node, [createMicrosoftNode('QAttention', name, inputs, node.outputs, node.attributes)]);
    return matMulChange(recipe);
  },
};
