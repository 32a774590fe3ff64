import { definePass } from '../../pass';
import { storeFloat16OptionSpecs } from './store-float16-options';

export const storeFloat16 = definePass({
  id: 'store-float16',
  options: storeFloat16OptionSpecs,
  isPreparation: true,
  standsLast: 'store-float16 stands last: behind it other passes find no weights. Only shorten-names follows it.',
  run: async (...given) => (await import('./run-store-float16')).runStoreFloat16(...given),
  presentation: {
    title: 'Store floats in 16 bits',
    summary:
      'Floats take half of their bytes in the file and become float32 again when the model is loaded: hardly other answers, at float speed everywhere. After fewer bits: what they leave, scales and biases.',
    name: () => 'floats in 16 bits',
    fileSuffix: 'halved',
    script: async (chosen) => (await import('./store-float16-script')).scriptOfStoring(chosen),
  },
});
