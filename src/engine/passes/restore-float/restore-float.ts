import { definePass } from '../pass';

export const restoreFloat = definePass({
  id: 'restore-float',
  options: {},
  isPreparation: true,
  orderProblem: (earlier) =>
    earlier.some(({ pass }) => pass.startsWith('quantize-') || pass === 'convert-float16' || pass === 'restore-float')
      ? 'restore-float undoes the quantization of the model that you opened. Put it first.'
      : undefined,
  run: async (model, _options, context) => (await import('./run-restore-float')).runRestoreFloat(model, context),
  presentation: {
    title: 'Restore float32',
    summary:
      'Turns a quantized or float16 model into plain float32, which all other passes can change. Larger; lost precision stays lost.',
    name: () => 'float32 restored',
    fileSuffix: 'float32',
  },
});
