import { definePass } from '../../pass';
import { leftNodes } from '../node-choice';

export const correctBias = definePass({
  id: 'correct-bias',
  options: { exclude: leftNodes },
  calibrates: true,
  orderProblem: (earlier) =>
    earlier.some(({ pass, options }) => pass === 'quantize-static' && options['biasCorrection'] !== false)
      ? 'quantize-static already corrects biases. Remove correct-bias.'
      : undefined,
  run: async (...given) => (await import('./run-correct-bias')).runCorrectBias(...given),
  presentation: {
    title: 'Correct biases',
    summary:
      'Shifts the bias of each layer so that its outputs have the original’s mean on your data. This corrects rounding and pruning; size and speed stay the same if layers have a bias.',
    name: () => 'biases corrected',
    fileSuffix: 'corrected',
  },
});
