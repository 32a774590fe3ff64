/** EmbedLayerNormalization of ONNX Runtime → QEmbedLayerNormalization: tables and parameters as integers. */
import { MICROSOFT_DOMAIN } from '../../../onnx/traverse';
import { planAll, planWeight, notFinite, refused, refuseFloat16, type DynamicRule } from './dynamic-rule';
import { createMicrosoftNode } from '../../../onnx/create-node';
import { activationRecipe, type QuantizedValue } from './quantization-scope';

/** word, position and segment embedding, gamma, beta. The segment embedding may be left out. */
const QUANTIZED_INPUTS = [2, 3, 4, 5, 6];
const MASK_INPUT = 7;
const POSITION_IDS_INPUT = 8;
const absent = { values: '', scale: '', zeroPoint: '' };

export const dynamicEmbedLayerNormalization: DynamicRule = {
  opType: 'EmbedLayerNormalization',
  domain: MICROSOFT_DOMAIN,
  writesMicrosoft: true,
  plan(node, scope) {
    const names = QUANTIZED_INPUTS.map((index) => node.inputs[index]).filter((name) => name);
    const weights = planAll(names.map((name) => planWeight(scope, name, () => true)));
    const plan = refuseFloat16(weights, 'QEmbedLayerNormalization');
    if (plan.kind !== 'ready') return plan;
    if (node.outputs[2]) {
      return refused('embedding-sum', 'It returns the embedding sum, which QEmbedLayerNormalization does not.');
    }
    return node.inputs[POSITION_IDS_INPUT]
      ? refused('embedding-positions', 'It takes position ids, which QEmbedLayerNormalization does not.')
      : plan;
  },
  async rewrite(node, scope) {
    const quantized: (QuantizedValue | typeof absent)[] = [];
    for (const index of QUANTIZED_INPUTS) {
      const name = node.inputs[index];
      const tensor = name ? scope.constant(name) : undefined;
      const value =
        name && tensor ? await scope.quantizeWeight(name, activationRecipe(tensor, scope.session.options)) : absent;
      if (!value) return notFinite;
      quantized.push(value);
    }
    const inputs = [
      ...node.inputs.slice(0, 2),
      ...quantized.map((value) => value.values),
      node.inputs[MASK_INPUT] ?? '',
      ...quantized.map((value) => value.scale),
      ...quantized.map((value) => value.zeroPoint),
    ];
    const name = node.name ? scope.editor.freshNodeName(`${node.name}_quant`) : '';
    const replacement = createMicrosoftNode('QEmbedLayerNormalization', name, inputs, node.outputs, node.attributes);
    scope.editor.replaceNode(node, [replacement]);
    return { kind: 'changed', what: 'Embeddings from uint8 tables, one scale each' };
  },
};
