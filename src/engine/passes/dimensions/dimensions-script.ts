import { quoted } from '../../quoted';
import type { FixDimensionsOptions } from './fix-dimensions-options';
import type { ScriptPart } from '../script-part';

/** Writes the step as a call of ONNX Runtime's helper for mobile packages. */
export function scriptOfDimensions({ dimensions }: FixDimensionsOptions): ScriptPart {
  const sizes = dimensions.map(
    (each) => [each.slice(0, each.lastIndexOf('=')), each.slice(each.lastIndexOf('=') + 1)] as const,
  );
  const named = sizes.filter(([name, size]) => /^\d+$/.test(size) && !/\.\d+$/.test(name));
  const areAll = dimensions.length === 0;
  return {
    imports: ['import onnx', 'from onnxruntime.tools.onnx_model_utils import fix_output_shapes, make_dim_param_fixed'],
    body: [
      'model = onnx.load(source)',
      ...(areAll
        ? [
            'free = {d.dim_param for i in model.graph.input for d in i.type.tensor_type.shape.dim if d.dim_param}',
            'for name in sorted(free):',
            '    make_dim_param_fixed(model.graph, name, 1)',
          ]
        : named.map(([name, size]) => `make_dim_param_fixed(model.graph, ${quoted(name)}, ${size})`)),
      'fix_output_shapes(model)',
      'onnx.save(model, target)',
    ],
    missing: [
      ...(areAll ? ['All free dimensions become 1: write the sizes that your model is fed.'] : []),
      ...(named.length < sizes.length
        ? ['Dimensions without a name stay free: use make_input_shape_fixed for them.']
        : []),
    ],
  };
}
