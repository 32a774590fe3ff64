import { definePass } from '../../pass';
import { leftNodes } from '../node-choice';

export const correctBias = definePass({
  id: 'correct-bias',
  title: 'Correct biases',
  summary:
    'Shifts the bias of each layer until its outputs have the original’s mean on your data: what rounding or zeros took from it. Same size and speed where layers have a bias.',
  options: { exclude: leftNodes },
  calibrates: true,
  run: async (...given) => (await import('./run-correct-bias')).runCorrectBias(...given),
  name: () => 'biases corrected',
  fileSuffix: 'corrected',
  orderProblem: (earlier) =>
    earlier.some(({ pass, options }) => pass === 'quantize-static' && options['biasCorrection'] !== false)
      ? 'quantize-static corrects biases itself. Leave correct-bias out.'
      : undefined,
});
