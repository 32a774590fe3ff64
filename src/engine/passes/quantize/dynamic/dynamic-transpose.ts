/** Transpose of a value that is quantized already: moves the integers. */
import type { DynamicRule } from './dynamic-rule';

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
