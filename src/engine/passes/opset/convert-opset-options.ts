import type { OptionsOf, OptionSpec } from '../option-spec';

export const convertOpsetOptionSpecs = {
  target: {
    kind: 'choice',
    label: 'Operator set',
    explanation: 'The ONNX operator set to convert to.',
    default: '17',
    choices: [
      { value: '13', label: '13', explanation: 'Needed by most quantization tools: scales per channel.' },
      { value: '17', label: '17', explanation: 'Layer normalization as one operator.' },
      { value: '21', label: '21', explanation: '4-bit integers, block scales, and Gelu as one operator.' },
      {
        value: '23',
        label: '23',
        explanation: 'RMS normalization, rotary embedding and attention as one operator.',
      },
    ],
  },
} as const satisfies Record<string, OptionSpec>;

export type ConvertOpsetOptions = OptionsOf<typeof convertOpsetOptionSpecs>;
