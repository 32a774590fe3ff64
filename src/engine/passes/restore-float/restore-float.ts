import { definePass } from '../pass';

export const restoreFloat = definePass({
  id: 'restore-float',
  options: {},
  isPreparation: true,
  orderProblem: (earlier) =>
    earlier.length > 0
      ? 'restore-float must come first: it undoes the quantization of the model you opened.'
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
