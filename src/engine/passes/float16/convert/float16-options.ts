/** Options of convert-float16: their description. */
import { leftNodes, takenNodes } from '../../node-choice';
import type { OptionSpec, OptionsOf } from '../../option-spec';

/**
 * Operators that stay in float32: the standard does not define them for float16, kernels are missing, or they count
 * beyond the exact range of float16. The list is that of onnxruntime/transformers/float16.py, 1.32, with QuantizeLinear
 * and its relatives.
 */
const floatOperators = [
  'BlackmanWindow',
  'CumSum',
  'DFT',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
  'HammingWindow',
  'HannWindow',
  'Max',
  'MelWeightMatrix',
  'Min',
  'NonMaxSuppression',
  'OneHot',
  'QLinearConv',
  'QLinearMatMul',
  'QuantizeLinear',
  'RandomUniformLike',
  'Range',
  'RoiAlign',
  'STFT',
  'TopK',
  'Upsample',
] as const;

export const float16OptionSpecs = {
  keepInputsOutputs: {
    kind: 'boolean',
    default: true,
    label: 'Keep float32 inputs and outputs',
    explanation: 'Callers feed and read float32 as before. Otherwise float16.',
  },
  keepFloat: {
    kind: 'list',
    default: floatOperators,
    label: 'Operators in float32',
    explanation: 'Operator types that stay in float32.',
    advanced: true,
  },
  include: { ...takenNodes, explanation: 'Nodes to convert. Empty: all.' },
  exclude: { ...leftNodes, explanation: 'Nodes that stay in float32.' },
} as const satisfies Record<string, OptionSpec>;

export type Float16Options = OptionsOf<typeof float16OptionSpecs>;
