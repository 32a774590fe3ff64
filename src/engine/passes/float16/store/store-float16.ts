import { definePass } from '../../pass';
import { storeFloat16OptionSpecs } from './store-float16-options';

export const storeFloat16 = definePass({
  id: 'store-float16',
  title: 'Store floats in 16 bits',
  summary:
    'Floats take half of their bytes in the file and become float32 again when the model is loaded: hardly other answers, at float speed everywhere. After fewer bits: what they leave, scales and biases.',
  options: storeFloat16OptionSpecs,
  isPreparation: true,
  fileSuffix: 'halved',
  name: () => 'floats in 16 bits',
  script: async (chosen) => (await import('./store-float16-script')).scriptOfStoring(chosen),
  run: async (...given) => (await import('./run-store-float16')).runStoreFloat16(...given),
  standsLast: 'store-float16 stands last: behind it other passes find no weights. Only shorten-names follows it.',
});
