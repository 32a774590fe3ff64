/** Gather and Transpose on the integers themselves. The values that they move stay quantized until a float node reads them. */
import { planWeight, nothing, notFinite, type DynamicRule } from './dynamic-rule';
import { activationRecipe } from './quantization-scope';

const noTableCodes: ReadonlySet<string> = new Set(['dynamic-weight', 'computed-constant', 'empty']);

/** Gathers from a constant table. */
export const dynamicGather: DynamicRule = {
  opType: 'Gather',
  domain: '',
  plan(node, scope) {
    const plan = planWeight(scope, node.inputs[0], () => true);
    // Gathering from a computed value, or nothing, is no case of a missing weight.
    return plan.kind === 'refused' && noTableCodes.has(plan.code) ? nothing : plan;
  },
  async rewrite(node, scope) {
    const [table = '', ...indices] = node.inputs;
    const quantized = await scope.quantizeWeight(
      table,
      activationRecipe(scope.constant(table)!, scope.session.options),
    );
    if (!quantized) return notFinite;
    const [output = ''] = node.outputs;
    const values = scope.editor.freshValueName(`${output}_quantized`);
    scope.editor.replaceNode(node, [{ ...node, inputs: [quantized.values, ...indices], outputs: [values] }]);
    scope.replaceWithQuantized(output, { ...quantized, values });
    return { kind: 'changed', what: `Gathers from a ${quantized.form.type} table, one scale` };
  },
};

/** Transposes a value that is quantized already. */
export const dynamicTranspose: DynamicRule = {
  opType: 'Transpose',
  domain: '',
  plan: () => ({ kind: 'follows' }),
  async rewrite(node, scope) {
    const [input = ''] = node.inputs;
    const [output = ''] = node.outputs;
    const quantized = scope.findQuantized(input);
    if (!quantized) return { kind: 'unchanged' };
    const values = scope.editor.freshValueName(`${output}_quantized`);
    scope.editor.replaceNode(node, [{ ...node, inputs: [quantized.values], outputs: [values] }]);
    scope.replaceWithQuantized(output, { ...quantized, values });
    return { kind: 'changed', what: 'Transposes integers instead of floats' };
  },
};
