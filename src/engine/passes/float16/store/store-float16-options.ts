import { leastSavingOption, worthwhileSaving } from '../../least-saving';
import type { OptionsOf, OptionSpec } from '../../option-spec';

export const storeFloat16OptionSpecs = {
  type: {
    kind: 'choice',
    label: 'Stored as',
    explanation: 'The 16-bit format.',
    default: 'float16',
    choices: [
      { value: 'float16', label: 'float16', explanation: '11 digits: nearly identical outputs.' },
      {
        value: 'bfloat16',
        label: 'bfloat16',
        explanation: 'The range of float32 with 8 digits: for servers, and numbers that float16 cannot represent.',
      },
    ],
    advanced: true,
  },
  scales: {
    kind: 'boolean',
    label: 'Scales too',
    explanation: 'Scales of quantized weights. Only TensorRT needs them in float32.',
    default: true,
  },
  cache: {
    kind: 'boolean',
    label: 'Cache too',
    explanation:
      'The cache of a decoder that generates text: half of its memory. Its inputs and outputs become float16.',
    default: false,
  },
  leastSaving: { ...leastSavingOption, default: worthwhileSaving },
} as const satisfies Record<string, OptionSpec>;

export type StoreFloat16Options = OptionsOf<typeof storeFloat16OptionSpecs>;
