/** LSTM with constant weights → DynamicQuantizeLSTM of ONNX Runtime. */
import type { Tensor } from '../../../onnx/graph';
import { getAttributeInt } from '../../../onnx/traverse';
import type { DynamicOptions } from './dynamic-options';
import { planAll, planWeight, notFinite, refused, refuseFloat16, type DynamicRule } from './dynamic-rule';
import { createMicrosoftNode } from '../../../onnx/create-node';
import type { WeightRecipe } from './quantization-scope';

/** Inputs that stay unchanged: X before the weights; B, sequence_lens, initial_h, initial_c and P after them. */
const KEPT_AFTER_WEIGHTS = [3, 4, 5, 6, 7];

export const dynamicLstm: DynamicRule = {
  opType: 'LSTM',
  domain: '',
  writesMicrosoft: true,
  plan(node, scope) {
    const inputs = [node.inputs[1], node.inputs[2]];
    const weights = planAll(inputs.map((name) => planWeight(scope, name, (rank) => rank === 3)));
    const plan = refuseFloat16(weights, 'DynamicQuantizeLSTM');
    if (plan.kind === 'ready' && (getAttributeInt(node, 'layout') ?? 0) !== 0) {
      return refused('lstm-layout', 'layout is 1 (batch first), which DynamicQuantizeLSTM does not support.');
    }
    return plan;
  },
  async rewrite(node, scope) {
    const [input = '', weightName = '', recurrenceName = ''] = node.inputs;
    const { options } = scope.session;
    const weight = await scope.quantizeWeight(weightName, recipe(scope.constant(weightName)!, options));
    const recurrence = await scope.quantizeWeight(recurrenceName, recipe(scope.constant(recurrenceName)!, options));
    if (!weight || !recurrence) return notFinite;
    const kept = KEPT_AFTER_WEIGHTS.map((index) => node.inputs[index] ?? '');
    for (const name of [input, ...kept]) if (name) scope.ensureFloat(name, node);
    const inputs = [
      ...[input, weight.values, recurrence.values, ...kept],
      ...[weight.scale, weight.zeroPoint, recurrence.scale, recurrence.zeroPoint],
    ];
    const attributes = node.attributes.filter((attribute) => attribute.name !== 'layout');
    const name = node.name ? scope.editor.freshNodeName(`${node.name}_quant`) : '';
    scope.editor.replaceNode(node, [
      createMicrosoftNode('DynamicQuantizeLSTM', name, inputs, node.outputs, attributes),
    ]);
    return {
      kind: 'changed',
      what: `Integer LSTM with int8 weights, ${options.perChannel ? 'a scale per row' : 'a scale per direction'}`,
    };
  },
};

/** [directions, 4 × hidden, inputs], stored as [directions, inputs, 4 × hidden]. */
function recipe(tensor: Tensor, options: DynamicOptions): WeightRecipe {
  const [directions = 0, rows = 0, columns = 0] = tensor.dims.map(Number);
  const scaleDims = options.perChannel ? [directions, rows] : [directions];
  return {
    affine: options.recurrent,
    groups: { kind: 'blocks', count: options.perChannel ? directions * rows : directions },
    form: { type: 'int8', scales: 'lstm' },
    scaleDims,
    dims: [directions, columns, rows],
    accepts: ({ form }) => form.scales === 'lstm',
    transposed: { count: directions, rows, columns },
  };
}
