import { definePass } from '../../pass';
import { storeFloat16OptionSpecs } from './store-float16-options';

export const storeFloat16 = definePass({
  id: 'store-float16',
  options: storeFloat16OptionSpecs,
  isPreparation: true,
  standsLast:
    'store-float16 must come last, because later passes would find no weights. Only shorten-names may follow it.',
  run: async (...given) => (await import('./run-store-float16')).runStoreFloat16(...given),
  presentation: {
    title: 'Store constants as float16',
    summary:
      'Stores float32 constants as float16; they become float32 when the model loads. Nearly identical outputs, same speed. After weight quantization it halves scales and biases.',
    name: () => 'float16 constants',
    fileSuffix: 'halved',
    script: async (chosen) => (await import('./store-float16-script')).scriptOfStoring(chosen),
  },
});
