import { leastSavingOption, worthwhileSaving } from '../../least-saving';
import type { OptionsOf, OptionSpec } from '../../option-spec';

export const storeFloat16OptionSpecs = {
  scales: {
    kind: 'boolean',
    label: 'Scales too',
    explanation: 'Scales of quantized weights. Only TensorRT needs them in float32.',
    default: true,
  },
  leastSaving: { ...leastSavingOption, default: worthwhileSaving },
} as const satisfies Record<string, OptionSpec>;

export type StoreFloat16Options = OptionsOf<typeof storeFloat16OptionSpecs>;
