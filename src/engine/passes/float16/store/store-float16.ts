import { leastSavingOption, worthwhileSaving } from '../../least-saving';
import type { OptionsOf, OptionSpec } from '../../option-spec';
import { definePass } from '../../pass';

const options = {
  scales: {
    kind: 'boolean',
    label: 'Scales too',
    explanation: 'Of weights that are stored as integers. TensorRT alone wants them in float32.',
    default: true,
  },
  leastSaving: { ...leastSavingOption, default: worthwhileSaving },
} as const satisfies Record<string, OptionSpec>;

export type StoreFloat16Options = OptionsOf<typeof options>;

export const storeFloat16 = definePass({
  id: 'store-float16',
  title: 'Store floats in 16 bits',
  summary:
    'Floats take half of their bytes in the file and become float32 again when the model is loaded: hardly other answers, at float speed everywhere. After fewer bits: what they leave, scales and biases.',
  options,
  isPreparation: true,
  fileSuffix: 'halved',
  name: () => 'floats in 16 bits',
  script: async (chosen) => (await import('../float16-script')).scriptOfStoring(chosen),
  run: async (...given) => (await import('./run-store-float16')).runStoreFloat16(...given),
  standsLast: 'store-float16 stands last: behind it other passes find no weights. Only shorten-names follows it.',
});
