import { definePass } from '../pass';
import { convertOpsetOptionSpecs } from './convert-opset-options';

export const convertOpset = definePass({
  id: 'convert-opset',
  options: convertOpsetOptionSpecs,
  run: async (...given) => (await import('./run-convert-opset')).runConvertOpset(...given),
  presentation: {
    title: 'Convert operator set',
    summary: 'Rewrites the model in newer operators with the same answers; all of it, or nothing where one cannot be.',
    script: async (chosen) => (await import('./opset-script')).scriptOfOpset(chosen),
  },
});
