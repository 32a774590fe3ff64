import { leastSavingOption, worthwhileSaving } from '../../least-saving';
import type { OptionsOf, OptionSpec } from '../../option-spec';

export const storeFloat16OptionSpecs = {
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
