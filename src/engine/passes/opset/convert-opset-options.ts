import type { OptionsOf, OptionSpec } from '../option-spec';

export const convertOpsetOptionSpecs = {
  target: {
    kind: 'choice',
    label: 'Operator set',
    explanation: 'The version of ONNX’s operators that the model is written in afterwards.',
    default: '17',
    choices: [
      { value: '13', label: '13', explanation: 'What most tools for quantization ask for: a scale for each channel.' },
      { value: '17', label: '17', explanation: 'Has layer normalization as one operator.' },
      { value: '21', label: '21', explanation: 'Has 4-bit integers, scales for blocks, and Gelu as one operator.' },
      {
        value: '23',
        label: '23',
        explanation: 'Has RMS normalization, rotary embedding and attention as one operator.',
      },
    ],
  },
} as const satisfies Record<string, OptionSpec>;

export type ConvertOpsetOptions = OptionsOf<typeof convertOpsetOptionSpecs>;
