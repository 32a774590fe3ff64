import { definePass } from '../pass';
import { convertOpsetOptionSpecs } from './convert-opset-options';

export const convertOpset = definePass({
  id: 'convert-opset',
  options: convertOpsetOptionSpecs,
  run: async (...given) => (await import('./run-convert-opset')).runConvertOpset(...given),
  presentation: {
    title: 'Convert operator set',
    summary:
      'Rewrites the model with newer operators and identical outputs. If one node cannot be converted, nothing changes.',
    script: async (chosen) => (await import('./opset-script')).scriptOfOpset(chosen),
  },
});
